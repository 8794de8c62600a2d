//! `fumikura seal-batch`: a list of PDFs signed with one key session, item by item, resumable.

mod journal;
mod list;

use super::extend::LongTermOptions;
use super::signature::{LevelName, SignatureOptions};
use crate::cli::draft::{Draft, sweep};
use crate::cli::identity::IdentityOptions;
use crate::cli::release::{Promise, release};
use crate::cli::stamps::TsaOptions;
use crate::cli::trust::Trust;
use crate::cli::{Failure, SystemClock, SystemEntropy, files, output};
use crate::cms::SigningIdentity;
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::fault::Kind;
use crate::pades::{Extension, Level, SignOptions, sign_extended};
use crate::pdf::{Limits, Pdf, Source};
use crate::time::Clock;
use crate::tsp::TimestampSource;
use crate::wording;
use clap::{Args, ValueEnum};
use journal::{End, Heading, Journal};
use list::{Item, List};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// 一覧の PDF にまとめて署名する / Sign a list of PDFs (PAdES) with one key session; a run that ended goes on
#[derive(Args)]
#[command(
    after_help = "一覧 The list is CSV with the head in,out,sha256, or JSON lines {\"in\":…,\"out\":…,\"sha256\":…}; paths are
relative to its folder. What was done stands in LIST.journal. An output is never overwritten.
例 Examples:
  fumikura seal-batch notices.csv --key file:seal.p12 --level b-t --tsa http://127.0.0.1:3161/
  fumikura seal-batch notices.jsonl --key file:seal.key.pem --cert seal.crt.pem --workers 2 --format json"
)]
pub struct SealBatch {
    /// 一覧 / The list
    list: PathBuf,
    #[command(flatten)]
    identity: IdentityOptions,
    /// 署名レベル / The level; what cannot be had is refused, never lowered
    #[arg(long, value_enum, default_value = "b-b")]
    level: LevelName,
    #[command(flatten)]
    tsa: TsaOptions,
    /// 並べて署名する数 / How many are signed side by side; without it, one a processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    workers: Option<u8>,
    /// 報告の形式 / How to report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    signature: SignatureOptions,
    #[command(flatten)]
    long_term: LongTermOptions,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// What every item is sealed with.
struct Bench<'a> {
    identity: &'a SigningIdentity,
    options: SignOptions,
    timestamps: Option<&'a dyn TimestampSource>,
    trust: &'a Trust,
    long_term: &'a LongTermOptions,
    journal: Mutex<Journal>,
}

/// What this run did with an item.
enum Deed {
    Sealed(Sha256Hex),
    /// An earlier run had sealed it, and the output is as it left it.
    Kept(Sha256Hex),
    Refused(Failure),
}

impl SealBatch {
    /// Runs the command. 0: every item is sealed; 65: some were refused; else why the run was broken off.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let list = list::read(&self.list)?;
        let identity = self.identity.open()?;
        let source = self.tsa.open()?;
        let trust = self.long_term.trust.read(SystemClock.now())?;
        let level = Level::from(self.level);
        let options = self.signature.read(level, identity.certificate())?;
        let certificate = Sha256Hex::of(identity.certificate().der());
        let heading = Heading { list: list.sha256.clone(), certificate, level: level.name().to_owned() };
        let mut beside = self.list.clone().into_os_string();
        beside.push(".journal");
        let bench = Bench {
            identity: &identity,
            options,
            timestamps: source.as_deref(),
            trust: &trust,
            long_term: &self.long_term,
            journal: Mutex::new(Journal::open(beside.into(), &heading)?),
        };
        sweep(list.items.iter().map(|item| item.output.as_path()));
        let (deeds, halted) = bench.seal_all(&list.items, self.workers());
        self.report(&list, &deeds)?;
        if let Some(failure) = halted {
            return Err(failure);
        }
        let refused = deeds.iter().any(|deed| matches!(deed, Some(Deed::Refused(_))));
        Ok(if refused { ExitCode::from(Kind::Refused.exit_status()) } else { ExitCode::SUCCESS })
    }

    fn workers(&self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        self.workers.map_or(processors, usize::from)
    }

    fn report(&self, list: &List, deeds: &[Option<Deed>]) -> Result<(), Failure> {
        let count = |wanted: fn(&Deed) -> bool| deeds.iter().flatten().filter(|deed| wanted(deed)).count();
        let sealed = count(|deed| matches!(deed, Deed::Sealed(_)));
        let kept = count(|deed| matches!(deed, Deed::Kept(_)));
        let refused = count(|deed| matches!(deed, Deed::Refused(_)));
        let left = deeds.len() - sealed - kept - refused;
        let lines = list.items.iter().zip(deeds);
        if self.format == Format::Json {
            let items: Vec<Value> = lines.map(|(item, deed)| line(item, deed.as_ref())).collect();
            let report = json!({ "list": list.sha256, "sealed": sealed, "kept": kept, "refused": refused, "left": left,
                "items": items });
            return output::print(&format!("{report}\n"));
        }
        let mut text = String::new();
        for (item, deed) in lines {
            if let Some(Deed::Refused(failure)) = deed {
                let why = wording::ja(failure.code()).unwrap_or_default();
                text.push_str(&format!("{}: {why} [{}]\n", item.input.display(), failure.code()));
            }
        }
        text.push_str(&format!("署名 sealed {sealed}  済 kept {kept}  不可 refused {refused}  残り left {left}\n"));
        output::print(&text)
    }
}

impl Bench<'_> {
    /// Seals every item, several side by side. What would meet every item ends the run; the rest of the list is left.
    fn seal_all(&self, items: &[Item], workers: usize) -> (Vec<Option<Deed>>, Option<Failure>) {
        let next = AtomicUsize::new(0);
        let deeds: Mutex<Vec<Option<Deed>>> = Mutex::new(items.iter().map(|_| None).collect());
        let halted: Mutex<Option<Failure>> = Mutex::new(None);
        let is_halted = || held(&halted).is_some();
        let work = || {
            while !is_halted()
                && let place = next.fetch_add(1, Ordering::Relaxed)
                && let Some(item) = items.get(place)
            {
                let deed = match self.seal(place + 1, item) {
                    Ok(deed) => deed,
                    Err(failure) if matches!(failure.kind(), Kind::Unavailable | Kind::Disk) => {
                        held(&halted).get_or_insert(failure);
                        return;
                    }
                    Err(failure) => match self.refuse(place + 1, &failure) {
                        Ok(()) => Deed::Refused(failure),
                        Err(trouble) => {
                            held(&halted).get_or_insert(trouble);
                            return;
                        }
                    },
                };
                held(&deeds)[place] = Some(deed);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers.min(items.len()) {
                scope.spawn(work);
            }
            work();
        });
        let whole = |error: PoisonError<Vec<Option<Deed>>>| error.into_inner();
        (deeds.into_inner().unwrap_or_else(whole), halted.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn seal(&self, number: usize, item: &Item) -> Result<Deed, Failure> {
        if let Some(kept) = self.kept(number, item)? {
            return Ok(Deed::Kept(kept));
        }
        let place = item.input.display().to_string();
        let bytes = files::read(&item.input)?;
        if Sha256Hex::of(&bytes) != item.sha256 {
            return Err(Failure::new("seal-input-differs", Kind::Refused, place));
        }
        let mut draft = Draft::new(&item.output, 0o666)?;
        let copied = draft.copy(&Source::from(bytes), &[DigestAlgorithm::Sha256, self.options.digest])?;
        let pdf =
            Pdf::read_locked(copied.clone(), None, &Limits::default()).map_err(|error| Failure::at(&place, &error))?;
        let at = SystemClock.now();
        if !self.identity.certificate().is_valid_at(at) {
            return Err(Failure::new("certificate-not-in-force", Kind::Refused, self.identity.certificate().subject()));
        }
        let options = SignOptions { at, ..self.options.clone() };
        let extension = Extension {
            timestamps: self.timestamps,
            long_term: Some(self.long_term.long_term(self.trust, at)),
            digest: options.digest,
            at,
        };
        let made = sign_extended(&pdf, self.identity, &options, &extension, &SystemEntropy::default())
            .map_err(|error| Failure::at(&place, &error))?;
        let whole = made.source();
        let digest = whole.digest(0..whole.size_bytes(), DigestAlgorithm::Sha256);
        let digest = digest.map_err(|error| Failure::io(&item.input, &error, false))?;
        let sha256 = Sha256Hex::from_digest(&digest.finish());
        // Before the output appears: an output whose line is missing is a stranger's.
        held(&self.journal).tell(number, End::Sealed { sha256: sha256.clone() })?;
        let promise = Promise { trust: self.trust, password: None, at: SystemClock.now(), level: options.level };
        release(draft, &copied, &made, &promise)?;
        Ok(Deed::Sealed(sha256))
    }

    /// Returns the hash of an output that an earlier run made and that is still as it was.
    fn kept(&self, number: usize, item: &Item) -> Result<Option<Sha256Hex>, Failure> {
        if std::fs::symlink_metadata(&item.output).is_err() {
            return Ok(None);
        }
        let found = Sha256Hex::of(&files::read(&item.output)?);
        match held(&self.journal).end(number) {
            Some(End::Sealed { sha256 }) if *sha256 == found => Ok(Some(found)),
            _ => Err(Failure::new("seal-output-exists", Kind::Refused, item.output.display().to_string())),
        }
    }

    fn refuse(&self, number: usize, failure: &Failure) -> Result<(), Failure> {
        // The line of an output that somebody changed afterwards stays: it tells what this program made.
        if failure.code() == "seal-output-exists" {
            return Ok(());
        }
        held(&self.journal).tell(number, End::Refused { code: failure.code().to_owned() })
    }
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn line(item: &Item, deed: Option<&Deed>) -> Value {
    let (state, sha256, code) = match deed {
        None => ("left", None, None),
        Some(Deed::Sealed(sha256)) => ("sealed", Some(sha256), None),
        Some(Deed::Kept(sha256)) => ("kept", Some(sha256), None),
        Some(Deed::Refused(failure)) => ("refused", None, Some(failure.code())),
    };
    json!({
        "in": item.input.display().to_string(),
        "out": item.output.display().to_string(),
        "in_sha256": item.sha256,
        "state": state,
        "out_sha256": sha256,
        "code": code,
        "ja": code.and_then(wording::ja),
        "en": code.and_then(wording::en),
    })
}
