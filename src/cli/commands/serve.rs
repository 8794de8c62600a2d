//! `fumikura serve`: the web service of a city.

use crate::cli::city::{City, FILE_NAME};
use crate::cli::hot_folder::{LOOK_SECONDS, Taken};
use crate::cli::output::{complain, tell};
use crate::cli::{Failure, SystemClock, SystemEntropy, files};
use crate::fault::{Fault, Kind};
use crate::http;
use crate::office::tray::{TrayLane, TrayRun};
use crate::office::{Lease, Office};
use crate::time::Clock;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

/// How often the service goes on with the fixity audit.
const AUDIT_STEP: Duration = Duration::from_secs(600);

/// 業務画面・受取画面・検証画面を開く / The web service of a city
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura serve --config my-city/city.toml")]
pub struct Serve {
    /// 市の設定ファイル / The city's file
    #[arg(long, value_name = "FILE", default_value = FILE_NAME)]
    config: PathBuf,
    #[command(flatten)]
    page: Page,
}

/// What the page that verifies is given.
#[derive(Args)]
pub struct Page {
    /// ブラウザーの中で検証するプログラム / The engine for the page that verifies in the browser, made by src/browser/build
    #[arg(long, value_name = "WASM", env = "FUMIKURA_ENGINE")]
    engine: Option<PathBuf>,
}

impl Page {
    /// Reads the engine; one of other sources is refused.
    pub fn engine(&self) -> Result<Option<Arc<http::Engine>>, Failure> {
        let read = |path: &Path| {
            let engine = http::Engine::new(files::read(path)?);
            engine.map(Arc::new).map_err(|fault| Failure::at(path.display().to_string(), &fault))
        };
        self.engine.as_deref().map(read).transpose()
    }
}

impl Serve {
    /// Runs the command until it is interrupted.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        runtime()?.block_on(async move {
            let engine = self.page.engine()?;
            let city = City::open(&self.config).await?;
            let listener = listen(&city.file.listen).await?;
            serve(city, listener, engine).await
        })
    }
}

/// Makes the runtime that commands with a database or a socket run on.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::new("runtime", Kind::Defect, error.to_string()))
}

/// Takes the address, or says that it cannot be had.
pub async fn listen(address: &str) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| Failure::new("listen", Kind::Unavailable, format!("{address}: {error}")))
}

/// Serves a city until it is interrupted.
pub async fn serve(
    mut city: City,
    listener: TcpListener,
    engine: Option<Arc<http::Engine>>,
) -> Result<ExitCode, Failure> {
    let entropy = Arc::new(SystemEntropy::default());
    let (setup, code) = first_setup(&city.office, &entropy).await?.unzip();
    let (party, provider) = city.doors()?;
    let settings = http::Settings {
        city: city.file.settings.city.clone(),
        demo: city.file.demo,
        tls: city.file.tls || city.file.https.is_some(),
        public_register: city.file.public_register,
        behind_proxy: city.file.behind_proxy,
        engine,
        setup,
        party,
        provider,
        ..http::Settings::default()
    };
    let app = http::App::new(Arc::new(city.office.clone()), settings, Arc::new(SystemClock), entropy);
    let app = app.map_err(|problem| {
        let why = "neither the vault nor the operating system gave what the marks of forms are made of";
        Failure::new(problem.code(), Kind::Unavailable, why)
    })?;
    if let Ok(address) = listener.local_addr() {
        let scheme = if city.file.https.is_some() { "https" } else { "http" };
        tell!("{scheme}://{address}/  (Ctrl-C で終わります / Ctrl-C ends)");
    }
    if let Some(code) = code {
        tell!("初期設定番号 / setup code: {}   （/setup を開いて、最初の管理者を登録する）", code.as_str());
    }
    let tls = city.tls()?;
    crate::cli::log::begin(city.file.log);
    let metrics = match &city.file.metrics_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let shut_out = city.shut_out();
    let door = http::Door { tls: tls.clone(), behind_proxy: city.file.behind_proxy };
    tokio::select! {
        failure = shut_out => return Err(failure),
        () = http::serve_over(listener, door, http::router(app.clone()), left(&app, city.file.drain_seconds)) => {}
        () = watched(metrics, app.clone()) => {}
        () = rounds(&city, tls) => {}
        () = audits(&city) => {}
        () = contents(&city) => {}
        done = intake(&city) => done?,
        () = tray(&city, TrayLane::Short) => {}
        () = tray(&city, TrayLane::Long) => {}
        () = mails(&city) => {}
        () = crate::cli::backup::rounds(&city) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the code for the first administrator, where nobody has an account yet.
async fn first_setup(
    office: &Office,
    entropy: &SystemEntropy,
) -> Result<Option<(http::SetupCode, Zeroizing<String>)>, Failure> {
    let is_new = office.users().await?.is_empty();
    Ok(is_new.then(|| http::SetupCode::new(entropy)).transpose()?)
}

/// Serves the metrics where the operator wants them.
async fn watched(listener: Option<TcpListener>, app: http::App) {
    match listener {
        Some(listener) => http::serve(listener, http::metrics_router(app), std::future::pending()).await,
        None => std::future::pending().await,
    }
}

/// How often it is asked whether there are texts to be read, and how long others go first in between.
const CONTENTS_ROUND: Duration = Duration::from_secs(60);
const CONTENTS_PAUSE: Duration = Duration::from_millis(200);

/// How many times as long as it took to write down what the archive remembers passes before that is done again, at the least.
const MEMORY_SHARE: i32 = 100;

/// How often it is looked whether mails are due.
const MAIL_ROUND: Duration = Duration::from_secs(10);

/// Takes a duty of the service, or keeps it: of several that work on one database one has it, for as long as it lives.
pub(in crate::cli) async fn on_duty(office: &Office, duty: &str, lease: &mut Option<Lease>) -> bool {
    if lease.is_none() {
        match office.lease(duty).await {
            Ok(taken) => *lease = taken,
            Err(error) => drop(Failure::from(error).report()),
        }
    }
    lease.is_some()
}

/// Goes over what is left to do, at once and then at every interval, for as long as the service runs: batches that were
/// broken off, what the archive is to remember of the rows, levels still to be reached, the day's checkpoint of the ledger.
async fn rounds(city: &City, tls: Option<http::Tls>) {
    let minutes = u64::from(city.file.settings.upgrade_every_minutes.max(1));
    let mut rounds = tokio::time::interval(Duration::from_secs(60 * minutes));
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut memory_due, mut duty) = (SystemClock.now(), None);
    loop {
        rounds.tick().await;
        // With lists that cannot be read, those read before still serve.
        if let Err(failure) = city.renew_lists() {
            failure.report();
        }
        // So does a certificate that another cannot take the place of.
        if let Some(Err(failure)) = tls.as_ref().map(|tls| city.renew_tls(tls)) {
            failure.report();
        }
        if !on_duty(&city.office, "rounds", &mut duty).await {
            continue;
        }
        reorganise(&city.office).await;
        match city.office.resume_batches().await {
            Ok(runs) => {
                for (batch, run) in runs {
                    match run {
                        Ok(count) => tell!("一括付与 / batch {batch}: {} / {}", count.sealed, count.total()),
                        Err(error) => drop(Failure::at(batch.to_string(), &error).report()),
                    }
                }
            }
            Err(error) => drop(Failure::from(error).report()),
        }
        let begun = SystemClock.now();
        if begun >= memory_due {
            if let Err(error) = city.office.remember().await {
                Failure::from(error).report();
            }
            // A large city's rows take their time: no more than a hundredth of it all.
            let ended = SystemClock.now();
            memory_due = ended.checked_add(ended.duration_since(begun) * MEMORY_SHARE).unwrap_or(ended);
        }
        lasting(&city.office).await;
        deadlines(&city.office).await;
        prove(&city.office).await;
        match city.office.seal_checkpoint_due().await {
            Ok(None) => {}
            Ok(Some(sealed)) => {
                tell!("台帳の {seq} 件目までを封じました / sealed up to entry {seq}", seq = sealed.checkpoint.seq);
            }
            Err(error) => drop(Failure::from(error).report()),
        }
    }
}

/// Judges the proofs of notices where whom to believe has changed, has those renewed that end soon, and goes over the queue of
/// levels still to be reached.
async fn lasting(office: &Office) {
    match office.renew_notices_due().await {
        Ok(run) => {
            if !run.queued.is_empty() {
                tell!("証明の更新を始めました / proofs to be renewed: {}", run.queued.len());
            }
            if !run.lost.is_empty() {
                complain!("fumikura: 証明が失われました / proofs lost: {}", run.lost.len());
            }
            for alarm in run.alarms {
                let (until, why) = (alarm.lasts.until, alarm.waiting.unwrap_or_else(|| "proof-ends-soon".to_owned()));
                complain!("fumikura: 通知の証明の期限 / the proof of a notice ends: {}, {until} ({why})", alarm.id);
            }
        }
        Err(error) => drop(Failure::from(error).report()),
    }
    match office.upgrade_due(None).await {
        Ok(run) if run.upgraded.is_empty() => {}
        Ok(run) => tell!("長期署名に延長しました / extended: {}", run.upgraded.len()),
        Err(error) => drop(Failure::from(error).report()),
    }
}

/// Reminds of what is not collected, and turns to paper what was not collected in time.
async fn deadlines(office: &Office) {
    match office.remind_due(None).await {
        Ok(reminded) if reminded.is_empty() => {}
        Ok(reminded) => tell!("期限のお知らせを用意しました / reminders: {}", reminded.len()),
        Err(error) => drop(Failure::from(error).report()),
    }
    match office.to_paper_due(None, "取得期限の経過").await {
        Ok(turned) if turned.is_empty() => {}
        Ok(turned) => tell!("紙の交付に切り替えました / turned to paper: {}", turned.len()),
        Err(error) => drop(Failure::from(error).report()),
    }
}

/// Judges, renews and makes the proofs of ledger and archive that are due.
async fn prove(office: &Office) {
    match office.prove_due().await {
        Ok(run) => {
            for tree in &run.made {
                tell!("台帳と文書の証拠を作りました / proven by tree {tree}");
            }
            if !run.renewed.is_empty() {
                tell!("証拠を更新しました / proofs renewed by {} trees", run.renewed.len());
            }
            for alarm in run.alarms {
                let until = alarm.lasts.map_or("-".to_owned(), |lasts| lasts.until.to_string());
                let why = alarm.failing.unwrap_or_else(|| "proof-ends-soon".to_owned());
                complain!("fumikura: 証拠の期限 / a proof ends: tree {}, {until} ({why})", alarm.tree);
            }
            for (number, code) in run.damaged {
                complain!(
                    "fumikura: 証拠の木のファイルを読めません / the file of a proof tree is not read: tree {number} ({code})"
                );
            }
            for (tree, loss) in run.foreseen {
                complain!(
                    "fumikura: 将来失われる証明 / a proof would be lost: tree {tree}, {} ({})",
                    loss.at,
                    loss.why
                );
            }
            for code in run.waiting {
                complain!("fumikura: 証拠を更新できません / a proof cannot be made or renewed ({code})");
            }
        }
        Err(error) => drop(Failure::from(error).report()),
    }
}

/// Does the reorganisations whose day has come.
async fn reorganise(office: &Office) {
    match office.apply_due_reorganisations().await {
        Ok(done) => {
            for row in done {
                let moved = row.moved;
                tell!("機構改革を行いました / reorganised {}: {} 人, {} files", row.id, moved.people, moved.files);
            }
        }
        Err(error) => drop(Failure::from(error).report()),
    }
}

/// Reads the packages again in small steps for as long as the service runs, each within its term.
async fn audits(city: &City) {
    let mut steps = tokio::time::interval(AUDIT_STEP);
    steps.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut duty = None;
    loop {
        steps.tick().await;
        if !on_duty(&city.office, "audit", &mut duty).await {
            continue;
        }
        match city.office.audit_in_step(AUDIT_STEP.try_into().unwrap_or_default()).await {
            Ok(run) => {
                let found =
                    [("repaired", run.repaired), ("damaged", run.damaged), ("lost", run.lost), ("unread", run.unread)];
                for (word, records) in found.iter().filter(|(_, records)| !records.is_empty()) {
                    complain!("fumikura: 保存物の点検 / fixity audit: {word}: {}", records.len());
                }
                if let Some(code) = run.stopped {
                    complain!("fumikura: 書庫を読めません / the vault cannot be looked at ({code})");
                }
            }
            Err(error) => drop(Failure::from(error).report()),
        }
    }
}

/// Reads packages whose texts the search does not have yet, for as long as the service runs: few at a time, all of them once,
/// and then after a while what could not be read.
async fn contents(city: &City) {
    let mut rounds = tokio::time::interval(CONTENTS_ROUND);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut duty, mut trouble) = (None, None);
    loop {
        rounds.tick().await;
        if !on_duty(&city.office, "contents", &mut duty).await {
            continue;
        }
        let (mut read, mut after) = (0, None);
        loop {
            match city.office.read_texts(after).await.map_err(Failure::from) {
                Ok(some) if some.after.is_some() => {
                    (read, after, trouble) = (read + some.read, some.after, None);
                    tokio::time::sleep(CONTENTS_PAUSE).await;
                }
                Ok(_) => break,
                // The same trouble is said once, not at every round.
                Err(failure) if trouble == Some(failure.code()) => break,
                Err(failure) => {
                    trouble = Some(failure.code());
                    failure.report();
                    break;
                }
            }
        }
        if read > 0 {
            tell!("本文の索引に加えました / contents brought into the index: {read}");
        }
    }
}

/// Works through a lane of the tray for as long as the service runs.
async fn tray(city: &City, lane: TrayLane) {
    let mut looks = tokio::time::interval(Duration::from_secs(LOOK_SECONDS.into()));
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut trouble = None;
    loop {
        looks.tick().await;
        match city.office.work_through_lane(lane).await {
            Ok(run) => {
                trouble = None;
                if run != TrayRun::default() {
                    let TrayRun { to_check, divided, doubtful, filed, left } = run;
                    tell!(
                        "受付 / tray: to check {to_check}, divided {divided}, doubtful {doubtful}, filed {filed}, left {left}"
                    );
                }
            }
            // The same trouble is said once, not at every look.
            Err(error) if trouble == Some(error.code()) => {}
            Err(error) => {
                trouble = Some(error.code());
                Failure::from(error).report();
            }
        }
    }
}

/// Hands over the mails that wait for as long as the service runs.
async fn mails(city: &City) {
    if !city.office.sends_mail() {
        return std::future::pending().await;
    }
    let mut looks = tokio::time::interval(MAIL_ROUND);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut duty, mut trouble) = (None, None);
    loop {
        looks.tick().await;
        if !on_duty(&city.office, "outbox", &mut duty).await {
            continue;
        }
        // The same trouble is said once, not at every round.
        match city.office.send_mail_due().await {
            Ok(run) => {
                if run.halted.is_some() && run.halted != trouble {
                    complain!(
                        "fumikura: メールを送れません / mails do not go out ({})",
                        run.halted.unwrap_or_default()
                    );
                }
                trouble = run.halted;
                if run.accepted + run.failed > 0 {
                    tell!("メール / mails: accepted {}, failed {}", run.accepted, run.failed);
                }
            }
            Err(error) if trouble == Some(error.code()) => {}
            Err(error) => {
                trouble = Some(error.code());
                Failure::from(error).report();
            }
        }
    }
}

/// Looks at the hot folders for as long as the service runs, and takes what is whole there.
async fn intake(city: &City) -> Result<(), Failure> {
    let mut folders: Vec<_> = city.hot_folders()?.into_iter().map(|folder| (folder, None, None)).collect();
    if folders.is_empty() {
        return std::future::pending().await;
    }
    let mut looks = tokio::time::interval(Duration::from_secs(LOOK_SECONDS.into()));
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        for (folder, duty, trouble) in &mut folders {
            if !on_duty(&city.office, &folder.duty(), duty).await {
                continue;
            }
            match folder.look(&city.office).await {
                Ok(taken) => {
                    *trouble = None;
                    if taken != Taken::default() {
                        let Taken { filed, known, refused } = taken;
                        tell!("取り込み / intake: filed {filed}, known {known}, refused {refused}");
                    }
                }
                // The same trouble is said once, not at every look.
                Err(failure) if *trouble == Some(failure.code()) => {}
                Err(failure) => {
                    *trouble = Some(failure.code());
                    failure.report();
                }
            }
        }
    }
}

/// Resolves once the process was asked to end, and whoever distributes requests had time to see that it leaves.
async fn left(app: &http::App, drain_seconds: u16) {
    stop().await;
    app.leave_soon();
    tokio::time::sleep(Duration::from_secs(drain_seconds.into())).await;
}

/// Resolves when the process is asked to end.
async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(interrupt.await),
    }
}
