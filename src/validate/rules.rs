//! The rules by which a change after a signature is allowed or forbidden, each with its stable name and clause.

use crate::policy::AllowedChanges;

/// The rule that decided on a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A signature lasts by material that is added to it.
    LongTerm,
    /// The certification allows no change.
    DocMdp1,
    /// The certification allows filling in and signing.
    DocMdp2,
    /// The certification allows annotations as well.
    DocMdp3,
    /// The field of a signature leaves less than all changes once it is signed.
    SignedFieldLock,
    /// A signature locks fields.
    FieldMdp,
    /// The policy, where nothing in the document decides.
    Policy(AllowedChanges),
    /// A signature that is added must be a sound one.
    SoundSignature,
    /// What no rule names is denied.
    DefaultDeny,
    /// What cannot be read as it is written is not compared.
    AsWritten,
}

impl Rule {
    /// Returns the name of the report's JSON.
    pub fn name(self) -> &'static str {
        self.code().trim_start_matches("rule-")
    }

    /// Returns the code by which the catalogue words it.
    pub fn code(self) -> &'static str {
        match self {
            Self::LongTerm => "rule-long-term",
            Self::DocMdp1 => "rule-doc-mdp-1",
            Self::DocMdp2 => "rule-doc-mdp-2",
            Self::DocMdp3 => "rule-doc-mdp-3",
            Self::SignedFieldLock => "rule-signed-field-lock",
            Self::FieldMdp => "rule-field-mdp",
            Self::Policy(AllowedChanges::None) => "rule-policy-none",
            Self::Policy(AllowedChanges::Lta) => "rule-policy-lta",
            Self::Policy(AllowedChanges::Signatures) => "rule-policy-signatures",
            Self::Policy(AllowedChanges::FormFill) => "rule-policy-form-fill",
            Self::Policy(AllowedChanges::Annotate) => "rule-policy-annotate",
            Self::SoundSignature => "rule-sound-signature",
            Self::DefaultDeny => "rule-default-deny",
            Self::AsWritten => "rule-as-written",
        }
    }

    /// Returns the clause it stands in.
    pub fn clause(self) -> &'static str {
        match self {
            Self::LongTerm => "EN 319 142-1 5.4",
            Self::DocMdp1 | Self::DocMdp2 | Self::DocMdp3 => "ISO 32000-2 12.8.2.2 table 257",
            Self::SignedFieldLock => "ISO 32000-2 12.7.5.5 table 236",
            Self::FieldMdp => "ISO 32000-2 12.8.2.4 table 259",
            Self::Policy(_) => "EN 319 102-1 5.2.8",
            Self::SoundSignature => "EN 319 102-1 5.2.2",
            Self::DefaultDeny => "ISO 32000-2 12.8.2.2",
            Self::AsWritten => "ISO 32000-2 7.5.6",
        }
    }

    /// Returns the rule of a DocMDP permission (table 257).
    pub(super) fn of_certification(permission: u8) -> Self {
        match permission {
            1 => Self::DocMdp1,
            2 => Self::DocMdp2,
            _ => Self::DocMdp3,
        }
    }
}
