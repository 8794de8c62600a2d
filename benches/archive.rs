//! The archive of a city at its size: register, preview, what-if, holds, a disposal run and filing, each beside what a plain
//! statement, or plain writing with its sync and commit, costs in the same run.
//!
//! `cargo bench --bench archive` prints milliseconds, ratios, items a second and the peak of memory. `FUMIKURA_RECORDS` says
//! how many records the city has (default 100,000, ten a file); they are made as rows alone. Packages have only the records
//! that it files and destroys: `FUMIKURA_DESTROYED` of 2 KB (default 2,000) and `FUMIKURA_FILED` of 200 KB (default 200).
//! `FUMIKURA_CONTENTS` says how many documents with a text a second city has (default as many as the first); with
//! `FUMIKURA_CONTENTS_ALONE` nothing else is measured.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench stops where anything is wrong")]

mod town;

use fumikura::office::records::{NewHold, NewRecord};
use fumikura::records::{AccessClass, AppraisalOutcome, ClassCode, HoldKind, HoldScope, RecordFilter, RuleFile};
use fumikura::time::FiscalYear;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::path::Path;
use std::time::Instant;
use town::{Cost, RULES, Raw, Town, day, wanted};

#[tokio::main]
async fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let records = wanted("FUMIKURA_RECORDS", 100_000);
    let begun = Instant::now();
    if std::env::var("FUMIKURA_CONTENTS_ALONE").is_ok() {
        return contents(wanted("FUMIKURA_CONTENTS", records)).await;
    }
    let town = Town::found(records).await;
    println!("{records} records in {} files, made in {:.0} s", town.files, begun.elapsed().as_secs_f64());
    let raw = Raw::open(&town.database()).await;
    looking(&town, &raw).await;
    searching(&town, &raw).await;
    holding(&town, &raw).await;
    remembering(&town).await;
    // Before anything is destroyed: for minutes ext4 passes over every inode that was freed, one by one.
    filing(&town, &raw, wanted("FUMIKURA_FILED", 200)).await;
    destroying(&town, &raw, wanted("FUMIKURA_DESTROYED", 2_000)).await;
    contents(wanted("FUMIKURA_CONTENTS", records)).await;
    town.restrict_most().await;
    println!("\nsearch by somebody who may see one of a hundred files");
    for words in ["通知書", "下水道　通知書", "見総第4242号"] {
        let search = async || town.office.search_records(&town.clerk, words, 100).await.unwrap().hits.len();
        let (time, found) = timed(search).await;
        println!("  {:<44} {time:>10.1} ms", format!("{words}: {found} shown"));
    }
    println!("\npeak memory {:.0} MB", peak_kilobytes() as f64 / 1024.0);
}

/// Documents that are filed together.
const TOGETHER: usize = 64;
/// Batches of them that are on their way at a time, as in `records ingest`.
const BATCHES: usize = 2;

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Prints a time, and how many times as long it takes as its limit.
fn figure(name: &str, ours: f64, limit: f64) {
    println!("  {name:<44} {ours:>10.1} ms {limit:>10.1} ms {:>8.2} x", ours / limit);
}

/// Runs work once unmeasured and three times measured; returns the median in milliseconds, and what it came to.
async fn timed<T>(mut work: impl AsyncFnMut() -> T) -> (f64, T) {
    work().await;
    let mut times = Vec::new();
    loop {
        let begun = Instant::now();
        let done = work().await;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        if times.len() == 3 {
            times.sort_by(f64::total_cmp);
            return (times[1], done);
        }
    }
}

/// What only reads.
async fn looking(town: &Town, raw: &Raw) {
    println!("\nreading, beside plain statements that read the same rows");
    let (office, auditor) = (&town.office, &town.auditor);
    let page = async || office.register_page(auditor, "", None, 100).await.unwrap();
    let (time, first) = timed(page).await;
    let hundred = "SELECT body FROM record_files LIMIT 100";
    figure("first page of the register, 100 files", time, raw.rows(hundred).await.0);
    let middle = town.middle().await;
    let (time, _) = timed(async || office.register_page(auditor, "", Some(middle), 100).await.unwrap()).await;
    figure("a page in its middle", time, raw.rows(hundred).await.0);
    assert_eq!(first.files, town.files as u64);
    let as_of = day("2023-04-01");
    let due = "SELECT body FROM record_files WHERE expires_on < '2023-04-01'";
    let (time, listed) =
        timed(async || office.preview_disposal(auditor, as_of, None).await.unwrap().listed.len()).await;
    figure(&format!("preview of a year: {listed} files"), time, raw.rows(due).await.0);
    let shorter = RULES.replace("2026.1", "2026.2").replace("years = 7", "years = 5");
    let set = RuleFile::read(&shorter).unwrap().sound().unwrap();
    let what_if = async || office.preview_disposal(auditor, as_of, Some(set.clone())).await.unwrap().listed.len();
    let (time, listed) = timed(what_if).await;
    figure(&format!("what if a rule changed: {listed} files"), time, raw.rows("SELECT body FROM record_files").await.0);
}

/// Search in titles and numbers: words that many records have, and words that one has, or none.
async fn searching(town: &Town, raw: &Raw) {
    println!("\nsearch, beside a plain statement that looks at every title");
    let limit = raw.rows("SELECT id FROM records WHERE title LIKE '%第77777号%'").await.0;
    for words in ["通知書", "道", "下水道　通知書", "第77777号", "見総第4242号", "見本花子", "龘"]
    {
        let search = async || town.office.search_records(&town.auditor, words, 50).await.unwrap().hits.len();
        let (time, found) = timed(search).await;
        figure(&format!("{words}: {found} shown"), time, limit);
    }
    for (name, filter) in filters() {
        for words in ["", "通知書", "下水道　通知書", "第77777号", "龘"] {
            let search =
                async || town.office.search_on(&town.auditor, words, &filter, None, 50).await.unwrap().hits.len();
            let (time, found) = timed(search).await;
            figure(&format!("{words} {name}: {found} shown"), time, limit);
        }
    }
}

/// Filters that few records pass, and filters that many do.
fn filters() -> [(&'static str, RecordFilter); 7] {
    let all = RecordFilter::default();
    let section = RecordFilter { section: Some(town::section(4_242)), ..all.clone() };
    [
        ("in a section", section.clone()),
        ("in a section and year", RecordFilter { year: Some(FiscalYear(2019)), ..section }),
        ("in a class", RecordFilter { class: ClassCode::parse("B-02"), ..all.clone() }),
        ("in half of all classes", RecordFilter { class: ClassCode::parse("A"), ..all.clone() }),
        ("in a year", RecordFilter { year: Some(FiscalYear(2019)), ..all.clone() }),
        ("internal", RecordFilter { access: Some(AccessClass::Internal), ..all.clone() }),
        ("public", RecordFilter { access: Some(AccessClass::Public), ..all }),
    ]
}

/// Search in contents, of a city whose records are of 224 days in each of ten years.
async fn contents(records: usize) {
    println!("\nsearch in contents of {records} documents of three pages, beside the same words in titles");
    let town = Town::founded(records, 224).await;
    let Cost { texts, seconds, preparing, bytes_before, bytes_after, plain_bytes, pieces } =
        town.write_texts(records).await;
    let each = |total: f64| total / texts as f64;
    println!(
        "  each: {:.0} bytes of text, {:.0} pieces, {:.0} bytes in the database; {:.2} ms to read, pack and seal, {:.2} ms to write and index",
        each(plain_bytes as f64),
        each(pieces as f64),
        each((bytes_after - bytes_before) as f64),
        each(preparing) * 1e3,
        each(seconds) * 1e3
    );
    for (said, of_titles) in [
        ("下水道", "下水道"),
        ("下水道使用料", "公共下水道接続"),
        ("漏水調査", "介護保険料"),
        ("漏水調査 減免", "介護 通知書"),
        ("鸚鵡", "第4242号"),
        ("鸚", "護"),
        ("龘靐", "龘靐"),
        ("2019年", "2019年"),
    ] {
        let search = async |words: &str| town.office.search_records(&town.auditor, words, 50).await.unwrap();
        let (limit, _) = timed(async || search(of_titles).await).await;
        let (time, found) = timed(async || search(said).await).await;
        assert!(found.has_all_contents);
        let more = if found.next.is_some() { ", and more" } else { "" };
        figure(&format!("{said}: {} shown{more}", found.hits.len()), time, limit);
    }
    let (limit, _) = timed(async || town.office.search_records(&town.auditor, "下水道", 50).await.unwrap()).await;
    for (name, filter) in filters() {
        for said in ["下水道使用料", "漏水調査", "鸚鵡"] {
            let search = async || town.office.search_on(&town.auditor, said, &filter, None, 50).await.unwrap();
            let (time, found) = timed(search).await;
            let more = if found.next.is_some() { ", and more" } else { "" };
            figure(&format!("{said} {name}: {} shown{more}", found.hits.len()), time, limit);
        }
    }
    println!("  peak memory {:.0} MB", peak_kilobytes() as f64 / 1024.0);
}

/// What the vault remembers: all of it, what one more document changes, and its state as one hash.
async fn remembering(town: &Town) {
    println!("\nwhat the vault remembers");
    let said = async |what: &str, time: f64| {
        let (bytes, parts) = town.remembered();
        println!("  {what:<44} {time:>10.1} ms, {parts} parts, {:.1} MB", bytes as f64 / 1e6);
    };
    let begun = Instant::now();
    town.office.remember().await.unwrap();
    said("all rows", begun.elapsed().as_secs_f64() * 1e3).await;
    println!("  peak memory {:.0} MB", peak_kilobytes() as f64 / 1024.0);
    let file = town.open_file("2026-04-10").await;
    town.office.file_record(&town.clerk, town::document(file, 0, 2_000)).await.unwrap();
    let begun = Instant::now();
    town.office.remember().await.unwrap();
    said("after one more document", begun.elapsed().as_secs_f64() * 1e3).await;
    let begun = Instant::now();
    let state = town.office.records_state().await.unwrap();
    println!(
        "  {:<44} {:>10.1} ms",
        format!("state of {} records", state.records),
        begun.elapsed().as_secs_f64() * 1e3
    );
    println!("  peak memory {:.0} MB", peak_kilobytes() as f64 / 1024.0);
}

/// Holds on classes: before anything is listed, and while a list waits for its run.
async fn holding(town: &Town, raw: &Raw) {
    println!("\nholds, beside a plain statement that finds the files");
    let class = HoldScope::Class(ClassCode::parse("B").unwrap());
    let new = NewHold { kind: HoldKind::Audit, scope: class, reason: "監査".to_owned() };
    let begun = Instant::now();
    let effect = town.office.place_hold(&town.clerk, new.clone()).await.unwrap();
    let time = begun.elapsed().as_secs_f64() * 1e3;
    let (limit, _) = raw.rows("SELECT id FROM record_files WHERE class LIKE 'B%'").await;
    figure(&format!("hold on a class: {} records", effect.files.len() * town::IN_A_FILE), time, limit);
    let yesterday = town.office.today().yesterday().unwrap();
    town.office.release_hold(&town.clerk, effect.hold, yesterday).await.unwrap();
}

/// A disposal run, beside taking as many files away and committing as many rows.
async fn destroying(town: &Town, raw: &Raw, records: usize) {
    println!("\na disposal run");
    let files = town.due_files(records).await;
    for file in &files {
        town.office.appraise(&town.managers[0], *file, AppraisalOutcome::Destroy).await.unwrap();
    }
    let row = town.office.plan_disposal(&town.managers[0], Some(files)).await.unwrap();
    let id = row.plan.id;
    for manager in &town.managers[1..] {
        town.office.approve_disposal(manager, id, &row.plan.list_hash).await.unwrap();
    }
    let (mut time, mut drained, before) = (0.0, false, processor_seconds());
    while !drained {
        let begun = Instant::now();
        let report = town.office.run_disposal(&town.managers[0], id, usize::MAX).await.unwrap();
        time += begun.elapsed().as_secs_f64() * 1e3;
        assert!(report.withdrawn.is_empty() && report.waiting.is_empty(), "{report:?}");
        drained = report.drained;
    }
    let processor = processor_seconds() - before;
    println!(
        "  {:.0} records/s, {:.2} ms of processors each",
        records as f64 / time * 1e3,
        processor * 1e3 / records as f64
    );
    let limit = raw.destroy(&town.path("raw-destroyed"), records).await;
    figure(&format!("{records} records"), time, limit);
}

/// Filing, beside writing the same bytes with a sync and committing as many rows.
async fn filing(town: &Town, raw: &Raw, records: usize) {
    println!("\nfiling documents of 200 KB");
    let file = town.open_file("2026-04-10").await;
    let news: Vec<NewRecord> = (0..records).map(|number| town::document(file, number, 200_000)).collect();
    let (begun, before) = (Instant::now(), processor_seconds());
    let filing = town.office.filing(&town.clerk);
    let batches = stream::iter(news).chunks(TOGETHER).map(|some| filing.file(some)).buffered(BATCHES);
    let filed: Vec<_> = batches.try_concat().await.unwrap();
    assert_eq!(filed.into_iter().filter(Result::is_ok).count(), records);
    let time = begun.elapsed().as_secs_f64() * 1e3;
    println!("  {:.2} ms of processors each", (processor_seconds() - before) * 1e3 / records as f64);
    let limit = raw.write(&town.path("raw-filed"), records, 200_000).await;
    figure(&format!("{records} documents"), time, limit);
    println!("  {:.0} documents/s, {:.0} % of plain writing", records as f64 / time * 1e3, limit / time * 100.0);
    let before = processor_seconds();
    let floor = raw.seal_and_write(&town.path("raw-sealed"), records, 200_000, TOGETHER).await;
    figure("beside encrypting, opening and hashing them", time, floor);
    let processor = (processor_seconds() - before) * 1e3 / records as f64;
    println!("  {:.0} % of that, which takes {processor:.2} ms of processors each", floor / time * 100.0);
}

/// Returns the time that this process has had on all processors, which others on the machine change little.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string(Path::new("/proc/self/stat")).unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
