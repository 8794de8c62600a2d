//! Texts of a town's records: three pages of 1,500 characters each, put into the database with keys as real ones have.

use super::Town;
use fumikura::id::RecordId;
use fumikura::office::ports::{IndexKeys, PackageName, RecordText, Vault};
use fumikura::office::side_by_side;
use fumikura::package::{PackageIdentity, wrap_identity};
use fumikura::records::{normal_form, terms};
use fumikura::texts::{Sealer, pack};
use std::fs;
use std::time::Instant;

/// Characters of a text: three pages.
const CHARACTERS: usize = 4_500;
/// Texts in one unit of work.
const BATCH: usize = 64;
/// Words of the language, of which the first are used most.
const WORDS: usize = 6_000;

/// What putting texts cost.
pub struct Cost {
    pub texts: usize,
    pub seconds: f64,
    /// Seconds of making terms, packing and sealing.
    pub preparing: f64,
    pub bytes_before: u64,
    pub bytes_after: u64,
    pub plain_bytes: u64,
    pub pieces: u64,
}

/// Numbers that look random, and are the same each time.
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// A rank among so many, the low ones far more often (Zipf).
    fn rank(&mut self, end: usize) -> usize {
        let share = self.below(1 << 20) as f64 / f64::from(1 << 20);
        ((end as f64).powf(share) - 1.0) as usize
    }
}

/// The language: words of two or three ideographs.
fn language() -> Vec<String> {
    let mut lots = Lots(7);
    let one = |lots: &mut Lots| char::from_u32(0x4e00 + lots.rank(6_000) as u32 * 3 % 20_000).unwrap();
    (0..WORDS).map(|_| (0..2 + lots.below(2)).map(|_| one(&mut lots)).collect()).collect()
}

/// A text of a record. One of five is about a sewer, one of a hundred about a leak, one of ten thousand about something rare.
fn text(number: usize, words: &[String]) -> String {
    const BETWEEN: [&str; 12] =
        ["の", "を", "に", "は、", "が", "により", "について", "する。\n", "した", "及び", "され、", "であること。"];
    let (mut lots, mut text) = (Lots(number as u64), String::with_capacity(3 * CHARACTERS + 99));
    let mut characters = 0;
    let mut say = |text: &mut String, word: &str| {
        text.push_str(word);
        characters += word.chars().count();
        characters
    };
    if number.is_multiple_of(5) {
        say(&mut text, "公共下水道使用料の減免");
    }
    if number.is_multiple_of(100) {
        say(&mut text, "漏水調査の結果");
    }
    if number.is_multiple_of(10_000) {
        say(&mut text, "鸚鵡の保護");
    }
    loop {
        say(&mut text, &words[lots.rank(WORDS)]);
        let year = format!("{}年{}月", 2000 + lots.below(30), 1 + lots.below(12));
        let next = if lots.below(30) == 0 { year.as_str() } else { BETWEEN[lots.rank(BETWEEN.len())] };
        if say(&mut text, next) >= CHARACTERS {
            return text;
        }
    }
}

impl Town {
    /// Puts a text for so many of the records.
    pub async fn write_texts(&self, texts: usize) -> Cost {
        let master = fs::read_to_string(self.path("master.txt")).unwrap();
        let (master, words) = (PackageIdentity::parse(&master).unwrap(), language());
        let keys = IndexKeys { secret: self.vault.index_secret().unwrap(), seed: [3; 32] };
        let mut cost = Cost {
            texts,
            seconds: 0.0,
            preparing: 0.0,
            bytes_before: self.database_bytes(),
            bytes_after: 0,
            plain_bytes: 0,
            pieces: 0,
        };
        let mut numbers: Vec<usize> = (0..texts).collect();
        for some in numbers.chunks_mut(BATCH) {
            let packages: Vec<PackageName> = some
                .iter()
                .map(|number| PackageName { record: RecordId::from_bytes(super::identifier(2, *number)), version: 1 })
                .collect();
            for package in &packages {
                self.write_key(*package, &wrap_identity(&PackageIdentity::generate(), &master).unwrap());
            }
            let begun = Instant::now();
            let sealing = self.vault.text_keys(&packages).unwrap();
            let mut all: Vec<_> = some.iter().copied().zip(packages).zip(sealing).collect();
            let made = side_by_side(&mut all, |((number, package), key)| {
                let text = text(*number, &words);
                let normals =
                    [super::title(*number), format!("見総第{number}号"), text.clone()].map(|one| normal_form(&one));
                let terms = terms(normals.iter().map(String::as_str));
                let sealer = Sealer::new(key.as_ref().unwrap()).unwrap();
                let sealed = sealer.seal(b"text", &pack(&text).unwrap()).unwrap();
                (text.len(), RecordText { record: package.record, sealed: Some(sealed), terms })
            });
            let (lengths, made): (Vec<usize>, Vec<RecordText>) = made.unwrap().into_iter().unzip();
            cost.preparing += begun.elapsed().as_secs_f64();
            cost.plain_bytes += lengths.iter().sum::<usize>() as u64;
            cost.pieces += made.iter().map(|text| text.terms.len() as u64).sum::<u64>();
            let begun = Instant::now();
            let mut tx = self.store.begin().await.unwrap();
            tx.put_texts(&keys, &made).await.unwrap();
            tx.commit().await.unwrap();
            cost.seconds += begun.elapsed().as_secs_f64();
        }
        cost.bytes_after = self.database_bytes();
        cost
    }

    fn write_key(&self, package: PackageName, wrapped: &[u8]) {
        let name = package.to_string();
        let folder = self.path("keys").join("v1").join(&name[..2]).join(&name[2..4]);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.key")), wrapped).unwrap();
    }

    fn database_bytes(&self) -> u64 {
        let files = [self.database(), self.path("town.sqlite-wal")];
        files.iter().filter_map(|file| fs::metadata(file).ok()).map(|file| file.len()).sum()
    }
}
