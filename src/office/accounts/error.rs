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
            Self::NotEnrolling => "account-not-enrolling",
            Self::NoSuchFactor => "account-no-such-factor",
            Self::LastFactor => "account-last-factor",
            Self::FactorSealed => "account-factor-sealed",
            Self::NoSuchSession => "account-no-such-session",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::FactorNeeded | Self::PasswordToChange | Self::FactorToEnrol => Kind::Forbidden,
            Self::CommonPassword | Self::LongPassword | Self::SamePassword | Self::Unrepeated => Kind::Refused,
            Self::WrongCode | Self::LastFactor => Kind::Refused,
            Self::NotEnrolling => Kind::Conflict,
            Self::NoSuchFactor | Self::NoSuchSession => Kind::NotFound,
            Self::FactorSealed => Kind::Unavailable,
        }
    }
}
