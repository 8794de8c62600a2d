//! Why an account does not let somebody in, or is not changed.

use crate::fault::{Fault, Kind};

/// Why an account does not let somebody in, or is not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The password is right, and a second factor is asked for.
    #[error("the account asks for a second factor")]
    FactorNeeded,
    /// Somebody else chose the password.
    #[error("somebody else chose this password; change it first, on the page /account")]
    PasswordToChange,
    /// A role of the account asks for a second factor, and it has none.
    #[error("a role of this account asks for a second factor; enrol one first, on the page /account")]
    FactorToEnrol,
    /// The password is among those that are tried first.
    #[error("this password is easily guessed: it is well known, repeats itself, counts up, or holds the user name")]
    CommonPassword,
    /// The password is longer than is taken.
    #[error("a password has 200 characters at most")]
    LongPassword,
    /// The new password is the old one.
    #[error("the new password is the present one")]
    SamePassword,
    /// The two new passwords are not the same.
    #[error("the two new passwords differ")]
    Unrepeated,
    /// The code does not fit.
    #[error("the code is wrong, or was used before")]
    WrongCode,
    /// The passkey's answer does not fit.
    #[error("the passkey did not work")]
    WrongPasskey,
    /// The passkey did not verify its person, which was asked for.
    #[error("the passkey did not verify who uses it, by a PIN or a finger; use the password")]
    Unverified,
    /// The passkey's signature counter did not go on.
    #[error("this passkey seems to exist twice: its counter did not go on; remove it, and tell an administrator")]
    PasskeyCopied,
    /// The passkey's key is of none of the algorithms that were asked for.
    #[error("the passkey's key is of no algorithm that is taken here")]
    PasskeyAlgorithm,
    /// The passkey is registered already.
    #[error("this passkey is registered already")]
    KnownPasskey,
    /// The name of a passkey is empty or too long.
    #[error("a passkey's name has 1 to 40 characters")]
    BadPasskeyName,
    /// The account has too many passkeys.
    #[error("an account has {0} passkeys at most")]
    TooManyPasskeys(usize),
    /// The identity provider names somebody whom no account here is for.
    #[error("no account here is for whom the identity provider names")]
    NotKnownHere,
    /// Nothing is being enrolled.
    #[error("no authenticator is being enrolled; begin again")]
    NotEnrolling,
    /// There is no such factor.
    #[error("the account has no such second factor")]
    NoSuchFactor,
    /// A role of the account asks for a second factor, and this is the only one.
    #[error("a role of this account asks for a second factor, and this is the only one")]
    LastFactor,
    /// The sealed secret of a factor is not opened by this vault's key.
    #[error("the secret of the second factor cannot be opened here; use a recovery code")]
    FactorSealed,
    /// No such session.
    #[error("there is no such session")]
    NoSuchSession,
}

impl Fault for AccountError {
    fn code(&self) -> &'static str {
        match self {
            Self::FactorNeeded => "account-factor-needed",
            Self::PasswordToChange => "account-password-to-change",
            Self::FactorToEnrol => "account-factor-to-enrol",
            Self::CommonPassword => "account-common-password",
            Self::LongPassword => "account-long-password",
            Self::SamePassword => "account-same-password",
            Self::Unrepeated => "account-unrepeated",
            Self::WrongCode => "account-wrong-code",
            Self::WrongPasskey => "account-wrong-passkey",
            Self::Unverified => "account-passkey-unverified",
            Self::PasskeyCopied => "account-passkey-copied",
            Self::PasskeyAlgorithm => "account-passkey-algorithm",
            Self::KnownPasskey => "account-known-passkey",
            Self::BadPasskeyName => "account-bad-passkey-name",
            Self::TooManyPasskeys(_) => "account-too-many-passkeys",
            Self::NotKnownHere => "account-not-known-here",
            Self::NotEnrolling => "account-not-enrolling",
            Self::NoSuchFactor => "account-no-such-factor",
            Self::LastFactor => "account-last-factor",
            Self::FactorSealed => "account-factor-sealed",
            Self::NoSuchSession => "account-no-such-session",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotKnownHere | Self::FactorNeeded | Self::PasswordToChange | Self::FactorToEnrol => Kind::Forbidden,
            Self::CommonPassword | Self::LongPassword | Self::SamePassword | Self::Unrepeated => Kind::Refused,
            Self::WrongCode | Self::WrongPasskey | Self::Unverified | Self::PasskeyCopied => Kind::Refused,
            Self::PasskeyAlgorithm | Self::BadPasskeyName | Self::TooManyPasskeys(_) | Self::LastFactor => {
                Kind::Refused
            }
            Self::NotEnrolling | Self::KnownPasskey => Kind::Conflict,
            Self::NoSuchFactor | Self::NoSuchSession => Kind::NotFound,
            Self::FactorSealed => Kind::Unavailable,
        }
    }
}
