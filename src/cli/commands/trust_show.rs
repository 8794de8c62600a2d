//! Lists of anchors as `fumikura trust` shows them, in words and as JSON.

use crate::asn1::Certificate;
use crate::digest::Sha256Hex;
use crate::pki::{AnchorUse, Term, TrustAnchors};
use crate::time::Instant;
use crate::tsl::{Period, Service, TrustedList, Unbelieved};
use crate::wording::{self, show};
use serde_json::{Value, json};
use std::fmt::Write;

/// Returns a trusted list as text.
pub(super) fn list_text(place: &str, list: &TrustedList, at: Instant) -> String {
    let overdue = if list.fresh_until() < at { "（期限切れ overdue）" } else { "" };
    let next = list.next_update.map_or_else(|| "なし（終了した制度） none (closed)".to_owned(), show::exact);
    let mut text = format!("{}\n", show::plain(place));
    let mut line = |words: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", show::plain(&words));
    };
    line(format!("  運営者 / operator: {} ({})", show::name(&list.operator), list.territory));
    line(format!("  種類 / type: {}", list.kind));
    line(format!("  通番 / sequence: {}", list.sequence));
    line(format!("  発行 / issued: {}", show::exact(list.issued)));
    line(format!("  次回更新 / next update: {next}{overdue}"));
    line(format!("  署名者 / signed by: {}", list.signer.subject()));
    for service in &list.services {
        let name = service.name.as_ref().map(|name| format!(" — {}", show::name(name))).unwrap_or_default();
        line(format!("- {}{name}", show::name(&service.provider)));
        for certificate in &service.certificates {
            line(format!("    {} {}", Sha256Hex::of(certificate.der()), certificate.subject()));
        }
        if let Some(reason) = service.unbelieved {
            line(format!("    ✕ {}", reason_text(reason)));
        }
        service.periods.iter().for_each(|period| line(format!("    {}", period_text(period))));
    }
    text
}

/// Returns a trusted list as JSON.
pub(super) fn list_json(place: &str, list: &TrustedList, at: Instant) -> Value {
    json!({
        "path": place,
        "operator": list.operator,
        "territory": list.territory,
        "type": list.kind,
        "sequence": list.sequence,
        "issued": list.issued.to_string(),
        "next_update": list.next_update.map(|time| time.to_string()),
        "overdue": list.fresh_until() < at,
        "sha256": list.sha256,
        "signer": certificate_json(&list.signer),
        "services": list.services.iter().map(service_json).collect::<Vec<_>>(),
    })
}

/// Returns anchors as text.
pub(super) fn anchors_text(place: &str, anchors: &TrustAnchors, at: Instant) -> String {
    let overdue = anchors.stale_since(at).map(|_| "（期限切れ overdue）").unwrap_or_default();
    let mut text = format!("{}{overdue}\n", show::plain(place));
    for (certificate, belief) in anchors.iter() {
        let name =
            anchors.directory().of(certificate).map(|name| format!("{} — ", show::name(name))).unwrap_or_default();
        let _ = writeln!(text, "- {}", show::plain(&format!("{name}{}", certificate.subject())));
        let _ = writeln!(text, "    {}", Sha256Hex::of(certificate.der()));
        let _ = writeln!(text, "    {}  {}", use_text(belief.anchor_use), term_text(belief.term));
    }
    text
}

/// Returns anchors as JSON.
pub(super) fn anchors_json(place: &str, anchors: &TrustAnchors, at: Instant) -> Value {
    let anchor = |(certificate, belief): (&Certificate, crate::pki::Belief)| {
        json!({
            "certificate": certificate_json(certificate),
            "name": anchors.directory().of(certificate),
            "use": use_code(belief.anchor_use),
            "from": belief.term.from.map(|time| time.to_string()),
            "before": belief.term.before.map(|time| time.to_string()),
        })
    };
    let all: Vec<Value> = anchors.iter().map(anchor).collect();
    json!({ "path": place, "overdue": anchors.stale_since(at).is_some(), "anchors": all })
}

fn service_json(service: &Service) -> Value {
    json!({
        "provider": service.provider,
        "name": service.name,
        "certificates": service.certificates.iter().map(certificate_json).collect::<Vec<_>>(),
        "unbelieved": service.unbelieved.map(reason_json),
        "periods": service.periods.iter().map(period_json).collect::<Vec<_>>(),
    })
}

fn period_json(period: &Period) -> Value {
    let belief = period.belief.ok();
    json!({
        "from": period.from.to_string(),
        "before": period.before.map(|time| time.to_string()),
        "type": period.kind,
        "status": period.status,
        "use": belief.and_then(|belief| use_code(belief.anchor_use)),
        "accredited": belief.is_some_and(|belief| belief.is_accredited),
        "unbelieved": period.belief.err().map(reason_json),
    })
}

fn certificate_json(certificate: &Certificate) -> Value {
    json!({ "subject": certificate.subject(), "sha256": Sha256Hex::of(certificate.der()) })
}

fn reason_json(reason: Unbelieved) -> Value {
    let said = wording::sentence(reason.code(), &[]);
    json!({ "code": reason.code(), "ja": said.ja, "en": said.en })
}

fn period_text(period: &Period) -> String {
    let last = |uri: &str| uri.split("/Svctype/").last().unwrap_or_default().to_owned();
    let status = period.status.rsplit('/').next().unwrap_or_default();
    let term = term_text(Term { from: Some(period.from), before: period.before });
    let belief = match period.belief {
        Ok(belief) if belief.is_accredited => format!("✓ {}（認定 accredited）", use_text(belief.anchor_use)),
        Ok(belief) => format!("✓ {}", use_text(belief.anchor_use)),
        Err(reason) => format!("✕ {}", reason_text(reason)),
    };
    format!("{term}  {} {status}  {belief}", last(&period.kind))
}

fn reason_text(reason: Unbelieved) -> String {
    let said = wording::sentence(reason.code(), &[]);
    format!("{} / {} [{}]", said.ja, said.en, reason.code())
}

fn term_text(term: Term) -> String {
    let said = |time: Option<Instant>| time.map(show::exact).unwrap_or_default();
    format!("{} ～ {}", said(term.from), said(term.before))
}

fn use_text(anchor_use: AnchorUse) -> &'static str {
    match anchor_use {
        AnchorUse::Any => "すべて any",
        AnchorUse::Signing => "署名者 signing",
        AnchorUse::Timestamping => "タイムスタンプ timestamping",
    }
}

fn use_code(anchor_use: AnchorUse) -> Option<&'static str> {
    match anchor_use {
        AnchorUse::Any => None,
        AnchorUse::Signing => Some("signing"),
        AnchorUse::Timestamping => Some("timestamping"),
    }
}
