//! The sample city's people: one for each role, with passwords made up on the spot and kept in a file of the folder.

use super::make::SECTION;
use super::{gone, say};
use crate::cli::{Failure, SystemEntropy, files};
use crate::crypto::Entropy;
use crate::digest::hex;
use crate::office::{Actor, NewAccount, Office, Role};
use std::collections::BTreeMap;
use std::path::Path;
use zeroize::Zeroizing;

/// The file of logins and passwords. It is a demonstration's: a real city has none.
const FILE: &str = "accounts.txt";

/// Login, name and roles.
const PEOPLE: [(&str, &str, &[Role]); 9] = [
    ("clerk", "起案 あかり", &[Role::Clerk]),
    ("approver", "決裁 けん", &[Role::Approver]),
    ("keeper", "公印 まもる", &[Role::SealKeeper]),
    ("records", "文書 ふみ", &[Role::RecordsClerk]),
    ("manager1", "管理 いちろう", &[Role::RecordsManager]),
    ("manager2", "管理 ふたば", &[Role::RecordsManager]),
    ("manager3", "管理 みつき", &[Role::RecordsManager]),
    ("auditor", "監査 ただし", &[Role::Auditor]),
    ("admin", "システム かなめ", &[Role::Administrator]),
];

/// The people, by login.
pub struct People(BTreeMap<String, Actor>);

impl People {
    /// Returns the people of a city, making the missing ones.
    pub async fn of(office: &Office, folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let known = office.users().await?;
        let missing: Vec<_> =
            PEOPLE.iter().filter(|(login, ..)| !known.iter().any(|user| user.login == *login)).collect();
        if !missing.is_empty() {
            let mut text =
                if path.exists() { String::from_utf8(files::read(&path)?).unwrap_or_default() } else { String::new() };
            for (login, name, roles) in missing {
                let password = password()?;
                text.push_str(&format!("{login}\t{}\t{name}\n", password.as_str()));
                // The file first: a password that is nowhere would be of no use.
                files::write_secret(&path, text.as_bytes())?;
                let new = NewAccount {
                    login: (*login).to_owned(),
                    name: (*name).to_owned(),
                    section: SECTION.to_owned(),
                    roles: roles.iter().copied().collect(),
                    password,
                    own_password: true,
                };
                office.add_user(None, new).await?;
            }
        }
        let users = office.users().await?.into_iter();
        Ok(Self(users.map(|user| (user.login, Actor::new(user.id, user.name, user.section, user.roles))).collect()))
    }

    /// Returns a person.
    pub fn get(&self, login: &str) -> Result<&Actor, Failure> {
        self.0.get(login).ok_or_else(|| gone("such person"))
    }

    /// Says who they are and where their passwords are.
    pub fn tell(&self, folder: &Path) {
        say(&format!(
            "\n職員（パスワードは {} に）/ staff; their passwords are in that file",
            folder.join(FILE).display()
        ));
        for (login, name, roles) in PEOPLE {
            let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
            say(&format!("  {login:<10} {name}（{}）", roles.join(", ")));
        }
    }
}

fn password() -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new([0; 10]);
    SystemEntropy::default().fill(bytes.as_mut())?;
    Ok(Zeroizing::new(hex(bytes.as_ref())))
}
