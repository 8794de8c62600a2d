//! The city's settings as data: notice types, symbols for numbers, periods (city).

use super::Role;
use super::proofs::ProofPolicy;
use super::records::{DisposalPolicy, FixityPolicy};
use super::tray::ScanPolicy;
use crate::fault::{Fault, Kind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The longest way of an approval, in steps.
const MOST_APPROVALS: usize = 8;

/// The city's settings. Every period that a city may choose is here; none is in the code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The city's name.
    pub city: String,
    /// The office that seals, for example 見本市長.
    pub office: String,
    /// The symbol of each section in document numbers, for example 総務文書課 = 見総 (N19).
    pub symbols: BTreeMap<String, String>,
    /// The notice types (通知種別).
    pub notice_types: Vec<NoticeType>,
    /// Where the seal is shown on notices; without a place it is invisible.
    pub seal_place: Option<SealPlace>,
    /// What the seal on a notice shows for whoever has it on paper, where its place has room.
    pub seal_confirmation: SealConfirmation,
    /// The ways in which a recipient may have agreed to electronic delivery (N2).
    pub consent_methods: Vec<String>,
    /// What an agreement may be for (N2); the first where nobody says.
    pub consent_scopes: Vec<String>,
    /// By what a notice has arrived (N3).
    pub arrival: ArrivalRule,
    /// Days within which a notice must be collected before it goes to paper (N4).
    pub collection_days: u16,
    /// Days before the deadline at which a recipient is reminded by mail; each once (N4).
    pub reminder_days: Vec<u16>,
    /// What happens to what was not collected in time (N4).
    pub after_deadline: AfterDeadline,
    /// Where recipients ask, by section: one line with the name and the telephone of the office.
    pub inquiries: BTreeMap<String, String>,
    /// Wrong codes after which a recipient's link is locked.
    pub code_attempts: u32,
    /// Minutes for which a locked link or account stays locked.
    pub lock_minutes: u16,
    /// Hours after which a staff session ends.
    pub session_hours: u16,
    /// What is asked of accounts.
    pub accounts: AccountPolicy,
    /// Minutes after which a recipient's session ends.
    pub recipient_session_minutes: u16,
    /// Hours within which a seal asked at a longer-lived level is to be extended, before it shows as late (N12).
    pub upgrade_hours: u16,
    /// Minutes between two rounds of the service over what is still to be extended.
    pub upgrade_every_minutes: u16,
    /// How many notices of a batch are sealed side by side.
    pub seal_workers: u8,
    /// The periods of disposal.
    pub disposal: DisposalPolicy,
    /// The term of the fixity audit.
    pub fixity: FixityPolicy,
    /// When proofs are renewed.
    pub proofs: ProofPolicy,
    /// What is asked of scans, and how long their paper is kept.
    pub scans: ScanPolicy,
    /// Seconds after which a process that shows no sign of life is taken for dead by others on the same database.
    pub worker_silence_seconds: u16,
}

/// What is asked of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountPolicy {
    /// Minutes for which nobody is asked again who they are; 0: before each thing that is hard to take back.
    pub ask_again_minutes: u16,
    /// The roles that must have a second factor.
    pub second_factor: BTreeSet<Role>,
}

impl Default for AccountPolicy {
    fn default() -> Self {
        Self { ask_again_minutes: 5, second_factor: BTreeSet::new() }
    }
}

/// A notice type (通知種別) with what law asks of it (N1, N5, N6, N8).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeType {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The legal basis (根拠法令).
    pub legal_basis: String,
    /// The applicable ordinance.
    #[serde(default)]
    pub ordinance: String,
    /// Whether electronic delivery is excluded.
    #[serde(default)]
    pub electronic_excluded: bool,
    /// Whether it is a disposition, which carries reasons and appeal instructions (N8).
    #[serde(default)]
    pub disposition: bool,
    /// Whether law prescribes a signature or seal (N5).
    #[serde(default)]
    pub signature_mandatory: bool,
    /// The assurance class.
    pub class: AssuranceClass,
    /// The steps of its approval (回議), in order, for example 係長 and 課長, each by another person; none for a single one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<String>,
    /// The template that its notices are set by, where they are not made elsewhere: a file in the city's folder of templates,
    /// without its ending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What every notice of this type asks of whoever has it (N9).
    #[serde(default)]
    pub flags: BTreeSet<NoticeFlag>,
    /// Where the seal is shown on notices of this type, where that is elsewhere than on others.
    #[serde(default)]
    pub seal_place: Option<SealPlace>,
}

/// By what a notice has arrived (到達): it is recorded in a file on the recipient's computer (デジタル手続法 7(3), N3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalRule {
    /// Once its download was completed.
    #[default]
    DownloadCompleted,
    /// Once its download was completed and the recipient has said to have it.
    ReceiptConfirmed,
}

/// What happens to a notice that was not collected in time (N4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterDeadline {
    /// A person turns it to paper.
    #[default]
    ByPerson,
    /// The service turns it to paper.
    ByItself,
}

/// What a notice asks of whoever has it (N9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeFlag {
    /// 携帯義務: it has to be carried.
    MustCarry,
    /// 返納対象: it has to be given back once it has no effect any more.
    MustReturn,
    /// 対面要: the recipient has to come in person.
    InPerson,
}

impl NoticeFlag {
    /// Every flag.
    pub const ALL: [Self; 3] = [Self::MustCarry, Self::MustReturn, Self::InPerson];

    /// Returns the word of settings, commands and forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::MustCarry => "must-carry",
            Self::MustReturn => "must-return",
            Self::InPerson => "in-person",
        }
    }

    /// Reads a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.word() == word)
    }
}

/// What the seal shows for whoever has a notice on paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SealConfirmation {
    /// Nothing.
    None,
    /// The confirmation number.
    Number,
    /// The confirmation number, and a QR code of the address where it is asked, where the service has a public one.
    #[default]
    Qr,
}

/// A place for the visible seal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealPlace {
    /// The page, from 1.
    pub page: usize,
    /// Left, bottom, width and height in points of 1/72 inch, from the lower left corner of the page as it is shown.
    pub at: [f32; 4],
}

/// The assurance class of a notice type (N6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssuranceClass {
    /// 公印省略: no signature; authenticity by inquiry.
    A,
    /// Signature and timestamp.
    B,
    /// Long-lived, shown to third parties.
    C,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            city: "未設定".to_owned(),
            office: "市長".to_owned(),
            symbols: BTreeMap::new(),
            notice_types: Vec::new(),
            seal_place: None,
            seal_confirmation: SealConfirmation::default(),
            consent_methods: ["application", "counter", "online"].map(str::to_owned).to_vec(),
            consent_scopes: ["notice", "procedure", "every-notice"].map(str::to_owned).to_vec(),
            arrival: ArrivalRule::default(),
            collection_days: 14,
            reminder_days: vec![7, 2],
            after_deadline: AfterDeadline::default(),
            inquiries: BTreeMap::new(),
            code_attempts: 5,
            lock_minutes: 15,
            session_hours: 9,
            accounts: AccountPolicy::default(),
            recipient_session_minutes: 30,
            upgrade_hours: 72,
            upgrade_every_minutes: 60,
            seal_workers: 2,
            disposal: DisposalPolicy::default(),
            fixity: FixityPolicy::default(),
            proofs: ProofPolicy::default(),
            scans: ScanPolicy::default(),
            worker_silence_seconds: 60,
        }
    }
}

impl Settings {
    /// Reads settings and holds them together.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        let settings: Self = toml::from_str(text).map_err(|error| SettingsError(error.to_string()))?;
        settings.proofs.check().map_err(SettingsError)?;
        for kind in &settings.notice_types {
            if kind.signature_mandatory && kind.class == AssuranceClass::A {
                return Err(SettingsError(format!(
                    "notice type {}: a mandatory signature forbids class A (N5)",
                    kind.id
                )));
            }
            if kind.approvals.len() > MOST_APPROVALS || kind.approvals.iter().any(|step| step.trim().is_empty()) {
                return Err(SettingsError(format!(
                    "notice type {}: approvals are at most {MOST_APPROVALS}, each with a name",
                    kind.id
                )));
            }
            if settings.notice_types.iter().filter(|other| other.id == kind.id).count() > 1 {
                return Err(SettingsError(format!("notice type {} stands there twice", kind.id)));
            }
        }
        if settings.code_attempts == 0 || settings.session_hours == 0 || settings.recipient_session_minutes == 0 {
            return Err(SettingsError(
                "code_attempts, session_hours and recipient_session_minutes are at least 1".to_owned(),
            ));
        }
        if settings.consent_scopes.is_empty() || settings.consent_methods.is_empty() {
            return Err(SettingsError("consent_methods and consent_scopes have at least one entry each".to_owned()));
        }
        if settings.fixity.term_days == 0 {
            return Err(SettingsError("fixity.term_days is at least 1".to_owned()));
        }
        if settings.worker_silence_seconds < 2 {
            return Err(SettingsError("worker_silence_seconds is at least 2".to_owned()));
        }
        if settings.disposal.brake_percent > 100 {
            return Err(SettingsError("disposal.brake_percent is 0 to 100".to_owned()));
        }
        Ok(settings)
    }

    /// Returns a notice type.
    pub fn notice_type(&self, id: &str) -> Option<&NoticeType> {
        self.notice_types.iter().find(|kind| kind.id == id)
    }
}

/// Settings that do not hold together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the settings cannot be used: {0}")]
pub struct SettingsError(String);

impl Fault for SettingsError {
    fn code(&self) -> &'static str {
        "office-settings"
    }

    fn kind(&self) -> Kind {
        Kind::Usage
    }
}
