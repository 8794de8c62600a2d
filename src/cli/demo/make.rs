//! Makes the sample city's folder: keys, `city.toml`, the rule set.

use crate::cli::city::{CityFile, FILE_NAME, KeyFile, Log, Programs, Timestamps, TrustFiles};
use crate::cli::{Failure, SystemClock, SystemEntropy, files, fonts};
use crate::keystore::{DemoPkiFiles, make_demo_pki, write_demo_pki};
use crate::office::{AssuranceClass, NoticeFlag, NoticeType, SealPlace, Settings};
use crate::time::Clock;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The sample rule set, which also lies in `archive/`.
pub const RULES: &str = include_str!("../../../archive/rules.sample.toml");
/// The sample templates of notices.
pub const TEMPLATES: [(&str, &str); 4] = [
    ("road-occupancy.toml", include_str!("templates/road-occupancy.toml")),
    ("road-occupancy.typ", include_str!("templates/road-occupancy.typ")),
    ("nursery-admission.toml", include_str!("templates/nursery-admission.toml")),
    ("nursery-admission.typ", include_str!("templates/nursery-admission.typ")),
];
/// The section of all demonstration people.
pub const SECTION: &str = "総務文書課";
/// The demonstration authority's policy: an identifier under "example" of RFC 7299's documentation arc.
const POLICY: &str = "1.3.6.1.4.1.32473.1.1";

/// Makes the folder; the database is a file in it, or where the URL says. `city.toml` is written last: with it, the city is there.
pub fn city(folder: &Path, address: &str, database: Option<&str>) -> Result<(), Failure> {
    let keys = folder.join("keys");
    std::fs::create_dir_all(&keys).map_err(|error| Failure::io(&keys, &error, true))?;
    let entropy = SystemEntropy::default();
    let pki = make_demo_pki(SystemClock.now(), &entropy)?;
    // A folder of an earlier, interrupted run has keys that signed nothing yet.
    let pki_folder = keys.join("pki");
    if pki_folder.exists() {
        std::fs::remove_dir_all(&pki_folder).map_err(|error| Failure::io(&pki_folder, &error, true))?;
    }
    let written = write_demo_pki(&pki_folder, &pki, None, &entropy)?;
    files::write_whole(&folder.join("rules.toml"), RULES.as_bytes())?;
    let below = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_owned();
    let key = |key: &Path, certificate: &Path| KeyFile {
        key: format!("file:{}", below(key).display()),
        certificate: Some(below(certificate)),
        chain: vec![below(&written.issuing_ca_certificate)],
        passphrase_file: None,
    };
    templates(folder)?;
    let file = CityFile {
        listen: address.to_owned(),
        public_url: public_url(address),
        database: database.unwrap_or("fumikura.db").into(),
        database_password_file: None,
        archive: vec!["archive".into(), "archive-copy".into()],
        archive_buckets: Vec::new(),
        package_keys: vec!["keys/packages".into(), "keys/packages-copy".into()],
        master_key: "keys/vault.key".into(),
        checkpoints: "checkpoints".into(),
        backup: None,
        proofs: vec!["proofs".into(), "proofs-copy".into()],
        font: fonts::japanese(),
        templates: "templates".into(),
        notice_fonts: Vec::new(),
        intake: Vec::new(),
        programs: Programs::default(),
        virus_check: None,
        mail: None,
        demo: true,
        tls: false,
        https: None,
        public_register: true,
        behind_proxy: false,
        drain_seconds: 0,
        metrics_listen: None,
        log: Log::default(),
        oidc: None,
        seal: Some(key(&written.seal_key, &written.seal_certificate)),
        reports: Some(key(&written.service_key, &written.service_certificate)),
        timestamps: Some(Timestamps::Own {
            identity: key(&written.tsa_key, &written.tsa_certificate),
            policy: POLICY.to_owned(),
        }),
        trust: trust(&written, &below),
        settings: settings(),
    };
    let text = toml::to_string(&file).map_err(|error| Failure::usage(error.to_string()))?;
    files::write_whole(&folder.join(FILE_NAME), text.as_bytes())
}

/// Returns whom the sample city believes: its own authorities.
fn trust(written: &DemoPkiFiles, below: &dyn Fn(&Path) -> PathBuf) -> TrustFiles {
    TrustFiles {
        signers: vec![below(&written.root_certificate)],
        timestamps: Vec::new(),
        list_signers: Vec::new(),
        accept_stale_lists: false,
        names: Vec::new(),
        intermediates: vec![below(&written.issuing_ca_certificate)],
        crls: vec![below(&written.root_crl), below(&written.issuing_ca_crl)],
        policy: None,
    }
}

/// Writes the sample templates.
fn templates(folder: &Path) -> Result<(), Failure> {
    let below = folder.join("templates");
    std::fs::create_dir_all(&below).map_err(|error| Failure::io(&below, &error, true))?;
    for (name, text) in TEMPLATES {
        files::write_whole(&below.join(name), text.as_bytes())?;
    }
    Ok(())
}

/// Returns the address for passkeys, which are for names; a port that the system chooses is not known yet.
fn public_url(address: &str) -> Option<String> {
    let port = address.rsplit(':').next().filter(|port| *port != "0")?;
    Some(format!("http://localhost:{port}"))
}

fn settings() -> Settings {
    let kind = |id: &str, name: &str, basis: &str, class, template: Option<&str>| NoticeType {
        id: id.to_owned(),
        name: name.to_owned(),
        legal_basis: basis.to_owned(),
        ordinance: String::new(),
        electronic_excluded: false,
        disposition: true,
        signature_mandatory: false,
        class,
        approvals: Vec::new(),
        template: template.map(str::to_owned),
        flags: BTreeSet::new(),
        seal_place: None,
    };
    let mut settings = Settings {
        city: "見本市".to_owned(),
        office: "見本市長".to_owned(),
        notice_types: vec![
            kind("road-occupancy", "道路占用許可書", "道路法第32条第1項", AssuranceClass::C, Some("road-occupancy")),
            kind(
                "nursery-admission",
                "保育所等利用調整結果通知書",
                "児童福祉法第24条第3項",
                AssuranceClass::B,
                Some("nursery-admission"),
            ),
            kind(
                "document-disclosure",
                "公文書一部開示決定通知書",
                "見本市情報公開条例第11条第1項",
                AssuranceClass::B,
                None,
            ),
        ],
        // After the mayor's name, where the sample notices have room for it.
        seal_place: Some(SealPlace { page: 1, at: [436.0, 680.0, 104.0, 36.0] }),
        ..Settings::default()
    };
    settings.symbols.insert(SECTION.to_owned(), "見総".to_owned());
    settings.inquiries.insert(SECTION.to_owned(), format!("見本市役所 {SECTION}　電話 000-000-0000"));
    // A permit is carried where the work is done.
    if let Some(permit) = settings.notice_types.first_mut() {
        permit.flags.insert(NoticeFlag::MustCarry);
    }
    // A demonstration cannot wait a week for objections and five for backups to age.
    settings.disposal.grace_hours = 0;
    settings.disposal.backup_horizon_days = 0;
    settings
}
