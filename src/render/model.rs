//! What is written: a sheet of blocks, and the two documents that the program itself makes.

use crate::time::Instant;

/// A document as a sequence of blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The title, in the metadata and the foot of each page.
    pub title: String,
    /// Who writes it, for the metadata.
    pub author: String,
    /// When it was written, for the metadata.
    pub written_at: Instant,
    /// The content.
    pub blocks: Vec<Block>,
}

/// A part of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The title, centred.
    Title(String),
    /// A heading.
    Heading(String),
    /// A paragraph; its first line begins one character in, as Japanese letters do.
    Paragraph(String),
    /// A line without indentation.
    Line(String),
    /// A line at the right margin.
    Right(String),
    /// The name of the office that seals, near the right margin, with room for the seal over its end.
    Sealed(String),
    /// Small print.
    Small(String),
    /// Postcode, address and name where the window of an envelope shows them.
    Window {
        /// The postcode and the address.
        lines: Vec<String>,
        /// The name, with its title.
        name: String,
    },
    /// Labels with their values, ruled.
    Facts(Vec<Fact>),
    /// A ruled table; the head is repeated on each page.
    Table {
        /// The columns' heads and their shares of the width.
        columns: Vec<(String, f32)>,
        /// The rows, each with one cell a column.
        rows: Vec<Vec<String>>,
    },
    /// A verdict in a frame: a word, and the lines that explain it.
    Framed {
        /// The word.
        head: String,
        /// The lines.
        lines: Vec<String>,
    },
    /// A QR code at the left, and the lines that explain it beside it.
    Code {
        /// What the code says.
        text: String,
        /// The lines.
        lines: Vec<String>,
    },
    /// Empty room, in lines.
    Space(f32),
    /// What follows begins a page.
    NewPage,
}

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The label.
    pub label: String,
    /// The value.
    pub value: String,
}

impl Fact {
    /// Joins a label and its value.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// A notice of a city hall (通知文書).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The document number, for example 7立総文第123号.
    pub number: String,
    /// The date as written on the notice.
    pub dated: String,
    /// The addressee, with 様 or 御中.
    pub addressee: String,
    /// The sealing office, for example 見本市長.
    pub office: String,
    /// The subject.
    pub title: String,
    /// The text, paragraph by paragraph.
    pub paragraphs: Vec<String>,
    /// What stands below 記.
    pub facts: Vec<Fact>,
    /// The reasons (行政手続法 8, 14), where it is a disposition.
    pub reasons: Option<String>,
    /// The appeal instructions (教示; N8), where it is a disposition.
    pub appeal: Option<String>,
    /// Where to ask.
    pub contact: Option<String>,
    /// When it was written.
    pub written_at: Instant,
}

impl Notice {
    /// Returns the notice as blocks.
    pub fn to_sheet(&self) -> Sheet {
        let mut blocks = vec![
            Block::Right(self.number.clone()),
            Block::Right(self.dated.clone()),
            Block::Space(1.0),
            Block::Line(self.addressee.clone()),
            Block::Space(1.0),
            Block::Sealed(self.office.clone()),
            Block::Space(2.0),
            Block::Title(self.title.clone()),
            Block::Space(1.0),
        ];
        blocks.extend(self.paragraphs.iter().cloned().map(Block::Paragraph));
        if !self.facts.is_empty() {
            blocks.extend([Block::Space(0.5), Block::Facts(self.facts.clone())]);
        }
        for (heading, text) in [("理由", &self.reasons), ("教示", &self.appeal)] {
            if let Some(text) = text {
                blocks.extend([Block::Space(0.5), Block::Heading(heading.to_owned()), Block::Paragraph(text.clone())]);
            }
        }
        if let Some(contact) = &self.contact {
            blocks.extend([Block::Space(1.0), Block::Small(format!("問合せ先 {contact}"))]);
        }
        Sheet { title: self.title.clone(), author: self.office.clone(), written_at: self.written_at, blocks }
    }
}

/// A certificate of disposal (廃棄証明書): what went, by whose decision, and how it is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalCertificate {
    /// The certificate's number.
    pub number: String,
    /// The date as written.
    pub dated: String,
    /// The sealing office.
    pub office: String,
    /// The disposal's identifier.
    pub disposal: String,
    /// SHA-256 of the frozen list.
    pub list_hash: String,
    /// The rule set and its version.
    pub rules: String,
    /// Who proposed and who approved, in order.
    pub decided: Vec<DecidedBy>,
    /// How it was destroyed.
    pub method: String,
    /// When the first and the last item went.
    pub carried_out: String,
    /// The digest of the ledger entry that closes the disposal.
    pub ledger_hash: String,
    /// What went.
    pub items: Vec<DestroyedItem>,
    /// When it was written.
    pub written_at: Instant,
}

/// A person's part in the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedBy {
    /// The part, for example 発議 or 承認(第1).
    pub part: String,
    /// The person.
    pub who: String,
    /// When, as written.
    pub when: String,
}

/// One destroyed record file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestroyedItem {
    /// Its identifier; never a title, which may name people.
    pub file: String,
    /// Its class.
    pub class: String,
    /// How many records it held.
    pub records: usize,
    /// The day on which its retention expired.
    pub expired_on: String,
    /// When it was destroyed.
    pub destroyed_at: String,
}

impl DisposalCertificate {
    /// Returns the certificate as blocks.
    pub fn to_sheet(&self) -> Sheet {
        const TITLE: &str = "公文書廃棄証明書";
        let records: usize = self.items.iter().map(|item| item.records).sum();
        let mut facts = vec![
            Fact::new("廃棄番号", &self.disposal),
            Fact::new("廃棄件数", format!("{}件(文書{records}点)", self.items.len())),
            Fact::new("廃棄方法", &self.method),
            Fact::new("実施日時", &self.carried_out),
            Fact::new("適用規則", &self.rules),
        ];
        let decided = self.decided.iter().map(|one| Fact::new(&one.part, format!("{} {}", one.who, one.when)));
        facts.extend(decided);
        facts.extend([Fact::new("一覧のSHA-256", &self.list_hash), Fact::new("台帳のSHA-256", &self.ledger_hash)]);
        let columns =
            [("番号", 0.07), ("簿冊", 0.37), ("分類", 0.14), ("点数", 0.08), ("満了日", 0.14), ("廃棄日時", 0.2)];
        let row = |(index, item): (usize, &DestroyedItem)| {
            let count = item.records.to_string();
            [(index + 1).to_string(), item.file.clone(), item.class.clone(), count]
                .into_iter()
                .chain([item.expired_on.clone(), item.destroyed_at.clone()])
                .collect()
        };
        let blocks = vec![
            Block::Right(self.number.clone()),
            Block::Right(self.dated.clone()),
            Block::Space(1.5),
            Block::Title(TITLE.to_owned()),
            Block::Space(1.0),
            Block::Paragraph(
                "次の公文書を、保存期間の満了と所定の決裁を経て、復元できない方法で廃棄したことを証明する。".to_owned(),
            ),
            Block::Space(1.0),
            Block::Sealed(self.office.clone()),
            Block::Space(1.5),
            Block::Facts(facts),
            Block::Space(1.0),
            Block::Heading("廃棄した簿冊".to_owned()),
            Block::Table {
                columns: columns.map(|(head, share)| (head.to_owned(), share)).to_vec(),
                rows: self.items.iter().enumerate().map(row).collect(),
            },
        ];
        Sheet { title: TITLE.to_owned(), author: self.office.clone(), written_at: self.written_at, blocks }
    }
}
