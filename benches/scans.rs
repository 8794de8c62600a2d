//! Reading scanned notices beside `ocrmypdf`, in the same run: characters that were read wrongly, and time a page with both
//! cores.
//!
//! `cargo bench --bench scans` prints both. `FUMIKURA_SCANS` names the pages of each set (default 8), `FUMIKURA_SCANS_DPI`
//! their resolution (default 200). Who is not installed is passed over.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench stops where anything is wrong")]

#[path = "../tests/imaging/paper.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod paper;

use fumikura::imaging::{Imaging, Tesseract};
use fumikura::office::ports::{Digitiser, DocumentInfo, ScannedDocument};
use paper::{Dice, Sheet, error_rate, pdf};
use std::path::Path;
use std::process::{Command, Stdio};

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let number =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default);
    let (pages, dpi) = (number("FUMIKURA_SCANS", 8), number("FUMIKURA_SCANS_DPI", 200) as f64);
    let Ok(reader) = Tesseract::at("/usr/bin/tesseract".into()) else {
        println!("tesseract is not installed");
        return;
    };
    let imaging = Imaging::new(Some(reader));
    println!("{pages} pages at {dpi} dpi of each set: noise, skew, stamps, strokes of a pen; both cores");
    for (name, set) in
        [("level lines", Set::Level), ("level lines, straight and clean", Set::Clean), ("upright lines", Set::Upright)]
    {
        let (scans, truth): (Vec<Sheet>, Vec<String>) = (0..pages).map(|seed| set.page(seed, dpi)).unzip();
        let bytes = pdf(&scans);
        println!("\n{name}, {} KB", bytes.len() / 1024);
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (folder.path().join("ours.pdf"), folder.path().join("theirs.pdf"));
        let given = folder.path().join("given.pdf");
        std::fs::write(&given, &bytes).unwrap();
        let began = Moment::now();
        let document = ScannedDocument { bytes: &bytes, media_type: "application/pdf" };
        let survey = imaging.survey(&document, &|_, _| {}).unwrap();
        say("fumikura, survey", began.a_page(survey.len() as u64), None, 0);
        let about = DocumentInfo { title: "見本".to_owned(), created: "2026-11-23".parse().unwrap() };
        let began = Moment::now();
        let derived = imaging.derive(&document, &about, &|_, _| {}).unwrap();
        let took = began.a_page(pages);
        std::fs::write(&ours, &derived.pdfa).unwrap();
        say("fumikura, derive", took, rate(&ours, &truth), derived.pdfa.len());
        let mut other = Command::new("ocrmypdf");
        other.args(["-l", "jpn", "--deskew", "--output-type", "pdfa"]).arg(&given).arg(&theirs);
        other.stdout(Stdio::null()).stderr(Stdio::null());
        let began = Moment::now();
        if other.status().is_ok_and(|status| status.success()) {
            let took = began.a_page(pages);
            say(
                "ocrmypdf -l jpn --deskew",
                took,
                rate(&theirs, &truth),
                std::fs::metadata(&theirs).unwrap().len() as usize,
            );
        } else {
            println!("  ocrmypdf is not installed, or failed");
        }
    }
}

/// A moment: the time that has passed, and the processor time of this process and those that it has waited for.
struct Moment(std::time::Instant, f64);

impl Moment {
    fn now() -> Self {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_ascii_whitespace();
        // utime, stime, cutime and cstime, in hundredths of a second.
        let ticks = fields.skip(11).take(4).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>();
        Self(std::time::Instant::now(), ticks / 100.0)
    }

    /// Returns the seconds since then for each of so many pages, passed and of the processors.
    fn a_page(&self, pages: u64) -> (f64, f64) {
        (self.0.elapsed().as_secs_f64() / pages as f64, (Self::now().1 - self.1) / pages as f64)
    }
}

fn say(who: &str, seconds: (f64, f64), rate: Option<f64>, bytes: usize) {
    let rate = rate.map_or_else(String::new, |rate| format!("{:>8.2} % of characters wrong", rate * 100.0));
    let size = if bytes > 0 { format!("{:>8} KB", bytes / 1024) } else { String::new() };
    println!("  {who:<28}{:>8.2} s a page, {:>6.2} s of processors{rate}{size}", seconds.0, seconds.1);
}

/// Returns the mean share of characters that `pdftotext` gives wrongly.
fn rate(pdf: &Path, truth: &[String]) -> Option<f64> {
    let output = Command::new("pdftotext").arg(pdf).arg("-").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rates = text.split('\u{c}').zip(truth).map(|(found, truth)| error_rate(found, truth));
    Some(rates.sum::<f64>() / truth.len() as f64)
}

#[derive(Clone, Copy)]
enum Set {
    Level,
    Clean,
    Upright,
}

impl Set {
    /// Makes a page and what stands on it.
    fn page(self, seed: u64, dpi: f64) -> (Sheet, String) {
        let mut dice = Dice::new(seed + 1);
        let mut page = Sheet::a4(dpi);
        let size = dice.between(3.6, 4.6);
        let text = match self {
            Self::Level | Self::Clean => page.notice((240.0 / (size * 1.8)) as usize - 3, size, seed as usize * 31),
            Self::Upright => page.upright_notice((150.0 / (size * 1.8)) as usize, size),
        };
        if matches!(self, Self::Clean) {
            return (page, text);
        }
        page.stamp(dice.between(150.0, 185.0), dice.between(245.0, 275.0), 10.0, 120);
        let (mut x, mut y) = (dice.between(30.0, 60.0), dice.between(268.0, 280.0));
        for _ in 0..80 {
            (x, y) = (x + dice.between(0.0, 0.9), y + dice.between(-0.7, 0.7));
            page.fill(x, y, 0.5, 0.5, 60);
        }
        let degrees = dice.between(-3.0, 3.0);
        (page.turned(degrees).noisy(&mut dice, 5.0), text)
    }
}
