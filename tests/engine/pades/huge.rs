//! Files beyond four gibibytes, whose bytes are made as they are read: offsets of 64 bits, and memory that does not grow.

use super::city::{now, seal, usual_seal};
use super::levels::{LISTS, later};
use crate::engine::pki::{TestEntropy, pki};
use fumikura::digest::DigestAlgorithm;
use fumikura::pades::{Level, SignOptions, sign, signatures};
use fumikura::pdf::{Limits, Pdf, ReadAt, Source};
use fumikura::policy::ValidationPolicy;
use fumikura::validate::{Indication, ValidationContext, validate};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const ZEROS: u64 = (4 << 30) + 12_345;

/// A PDF with a stream of zeros, four gibibytes long, before everything that the document needs.
struct Huge {
    head: Vec<u8>,
    tail: Vec<u8>,
    longest_read: Arc<AtomicUsize>,
}

impl Huge {
    fn new(longest_read: Arc<AtomicUsize>) -> Self {
        let head = format!("%PDF-1.7\n1 0 obj\n<</Length {ZEROS}>>\nstream\n").into_bytes();
        let mut tail = "\nendstream\nendobj\n".to_owned();
        let mut offsets = vec!["%PDF-1.7\n".len() as u64];
        for (number, object) in [
            (2, "<</Type/Catalog/Pages 3 0 R>>"),
            (3, "<</Type/Pages/Kids[4 0 R]/Count 1>>"),
            (4, "<</Type/Page/Parent 3 0 R/MediaBox[0 0 595 842]>>"),
        ] {
            offsets.push(head.len() as u64 + ZEROS + tail.len() as u64);
            write!(tail, "{number} 0 obj\n{object}\nendobj\n").unwrap();
        }
        let start = head.len() as u64 + ZEROS + tail.len() as u64;
        tail.push_str("xref\n0 5\n0000000000 65535 f\r\n");
        offsets.iter().for_each(|offset| write!(tail, "{offset:010} 00000 n\r\n").unwrap());
        write!(tail, "trailer\n<</Size 5/Root 2 0 R>>\nstartxref\n{start}\n%%EOF\n").unwrap();
        Self { head, tail: tail.into_bytes(), longest_read }
    }
}

impl ReadAt for Huge {
    fn size_bytes(&self) -> u64 {
        self.head.len() as u64 + ZEROS + self.tail.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.longest_read.fetch_max(buffer.len(), Ordering::Relaxed);
        buffer.fill(0);
        for (bytes, at) in [(&self.head, 0), (&self.tail, self.head.len() as u64 + ZEROS)] {
            let (from, to) = (offset.max(at), (offset + buffer.len() as u64).min(at + bytes.len() as u64));
            if from < to {
                let place = |position: u64, start: u64| usize::try_from(position - start).unwrap();
                buffer[place(from, offset)..place(to, offset)].copy_from_slice(&bytes[place(from, at)..place(to, at)]);
            }
        }
        Ok(())
    }
}

#[test]
fn four_gibibytes_are_signed_and_judged_piece_by_piece() {
    let longest_read = Arc::new(AtomicUsize::new(0));
    let source = Source::new(Huge::new(Arc::clone(&longest_read)));
    // As the command line does it: the digest of one pass serves signer and validator.
    let state = source.digest(0..source.size_bytes(), DigestAlgorithm::Sha256).unwrap();
    let source = source.knowing(vec![state]);
    let base = Pdf::read(source, &Limits::default()).unwrap();
    assert_eq!(base.pages().unwrap().len(), 1);
    let made = sign(&base, &usual_seal(), &SignOptions::new(Level::BB, now()), None, &TestEntropy).unwrap();
    let signed = Pdf::read(made.source(), &Limits::default()).unwrap();
    let coverage = signatures(&signed).remove(0).coverage.unwrap();
    assert!(coverage.whole_file && coverage.gap.start > u64::from(u32::MAX), "{coverage:?}");
    let again = sign(&signed, &seal("signer-p256"), &SignOptions::new(Level::BB, now()), None, &TestEntropy).unwrap();
    let context = ValidationContext {
        trust: &pki().anchors(),
        tsa_trust: &pki().anchors(),
        crls: &LISTS,
        ocsps: &[],
        intermediates: &[],
        at: later(),
        policy: &ValidationPolicy::built_in(),
        password: None,
        limits: Limits::default(),
    };
    let report = validate(again.source(), &context).unwrap();
    assert_eq!(report.indication, Indication::TotalPassed, "{:?}", report.signatures[0].findings);
    assert_eq!(report.signatures.len(), 2);
    let longest = longest_read.load(Ordering::Relaxed);
    assert!(longest <= 16 << 20, "{longest} bytes were read at once");
}
