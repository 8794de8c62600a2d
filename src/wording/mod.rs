//! What people read: the Japanese and English catalogue keyed by code, and the report as text, HTML, JSON and XML.

mod catalogue;
mod etsi;
mod evidence;
mod json;
mod reasons;
pub mod show;
mod text;
mod verdict;
mod view;

pub use catalogue::{Sentence, advice, advised, clause, codes, en, ja, sentence, sub_indication};
pub use etsi::reports_xml;
pub use evidence::{ending, evidence_facts_json, evidence_facts_text, evidence_json, evidence_schema, evidence_text};
pub use json::{report_json, reports_json, schema};
pub use reasons::{reason, rule_finding};
pub use text::report_text;
pub use verdict::{Verdict, VerdictKind, resident_verdict};
pub use view::{FindingView, ReportView, STYLE, SignatureView, report_parts, reports_html};
