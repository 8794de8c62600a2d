//! A PostgreSQL server of the suite's own: in a temporary folder, on a socket, gone when the suite is.

use fumikura::store::{PostgresAddress, PostgresStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// Whoever runs the server where the suite runs as root, which PostgreSQL refuses to.
const NOBODY: u32 = 65534;
/// The database that every other is a copy of.
const TEMPLATE: &str = "as_migrated";

/// Makes a server and waits for the end of its input, which comes with the end of the suite, however that ends.
/// The server's own order of texts is a Japanese one where it can be, and nothing of ours may depend on it.
const SCRIPT: &str = r#"
cd "$2" || exit 1
make() { "$1/initdb" -D data -U city -A trust -E UTF8 --locale=C.UTF-8 --no-sync "${@:2}"; }
{ make "$1" --locale-provider=icu --icu-locale=ja || make "$1"; } >log 2>&1 || { cat log >&2; exit 1; }
printf 'hostssl all keeper 127.0.0.1/32 scram-sha-256\nhost all keeper all reject\n' | cat - data/pg_hba.conf >hba
mv hba data/pg_hba.conf
tls=off
ca='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'
openssl req -x509 $ca -keyout ca.key -out ca.crt -subj /CN=test-ca >>log 2>&1 &&
    openssl req $ca -keyout server.key -out server.csr -subj /CN=localhost >>log 2>&1 &&
    printf 'subjectAltName=DNS:localhost\n' >san &&
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.crt \
        >>log 2>&1 && chmod 600 server.key && tls=on
cat >>data/postgresql.conf <<CONF
listen_addresses = '127.0.0.1'
port = $3
unix_socket_directories = '$2'
ssl = $tls
ssl_cert_file = '$2/server.crt'
ssl_key_file = '$2/server.key'
fsync = off
full_page_writes = off
autovacuum = off
shared_buffers = 32MB
max_connections = 300
CONF
"$1/pg_ctl" -D data -s -w -l server.log start || { cat server.log >&2; exit 1; }
echo ready
cat >/dev/null
"$1/pg_ctl" -D data -s -m immediate stop
rm -rf "$2"
"#;

/// The server, and the databases that stories have on it.
pub struct Server {
    folder: PathBuf,
    port: u16,
    made: Mutex<Vec<(PathBuf, String)>>,
    /// While its input is open the server runs.
    _process: Child,
}

/// Returns the suite's server; none where PostgreSQL is not installed and need not be.
#[expect(clippy::disallowed_methods, reason = "the environment says whether a missing tool is a failure")]
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("FUMIKURA_INTEROP").is_none(), "PostgreSQL is not installed");
            return None;
        };
        Some(Server::start(&programs))
    });
    if server.is_none() {
        eprintln!("PostgreSQL is not installed; this story is told on SQLite once more");
    }
    server.as_ref()
}

/// Returns the folder of the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|version| version.path().join("bin"));
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    versions.filter(|folder| folder.join("initdb").exists()).max_by_key(version)
}

impl Server {
    fn start(programs: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("bash");
        command.args(["-c", SCRIPT, "postgres"]).arg(programs).arg(&folder).arg(port.to_string());
        if std::fs::metadata(&folder).unwrap().uid() == 0 {
            chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
            command.uid(NOBODY).gid(NOBODY);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "ready\n", "PostgreSQL did not start");
        let server = Self { folder, port, made: Mutex::default(), _process: child };
        let template = server.url(TEMPLATE);
        let admin = server.url("postgres");
        // Whatever asks first has a runtime of its own, which goes with it.
        let migrated = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&admin).await.unwrap();
                for sql in
                    [format!("CREATE DATABASE {TEMPLATE}"), "CREATE ROLE keeper LOGIN PASSWORD 'p@ss:wörd'".into()]
                {
                    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
                }
                let address = PostgresAddress::parse(&template, None).unwrap();
                PostgresStore::open(&address).await.unwrap().close().await;
            });
        });
        migrated.join().unwrap();
        server
    }

    /// Returns the URL of a database by the server's socket, as one who may do everything.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://city@localhost:{}/{database}?host={}", self.port, self.folder.display())
    }

    /// Returns the URL of a database by TLS, as one who needs a password; none where there is no TLS.
    pub fn url_with_tls(&self, database: &str) -> Option<String> {
        let (port, root) = (self.port, self.folder.join("ca.crt"));
        let url = format!("postgres://keeper@localhost:{port}/{database}?sslrootcert={}", root.display());
        self.folder.join("server.crt").exists().then_some(url)
    }

    /// Returns the folder with the server's data.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Makes a database for a place, takes away those whose places are gone, and returns its name.
    pub async fn make(&self, place: &Path) -> String {
        let (name, gone) = {
            let mut made = self.made.lock().unwrap();
            let (stay, gone): (Vec<_>, Vec<_>) =
                std::mem::take(&mut *made).into_iter().partition(|(place, _)| place.parent().unwrap().exists());
            *made = stay;
            static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
            let name = format!("story_{}", NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            made.push((place.to_owned(), name.clone()));
            (name, gone)
        };
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        let mut statements = vec![format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")];
        statements.extend(gone.into_iter().map(|(_, name)| format!("DROP DATABASE {name} WITH (FORCE)")));
        for sql in statements {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        name
    }
}
