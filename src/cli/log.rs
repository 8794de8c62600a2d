//! The log of the service, on standard error: what this program says of itself, and nothing of the libraries below it, which know
//! nothing of what may be said.

use super::city::Log;
use tracing_subscriber::EnvFilter;

/// Begins to log. Where somebody does already, that stays.
pub fn begin(log: Log) {
    let level = if log == Log::Troubles { "fumikura=warn" } else { "fumikura=info" };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_ansi(false)
        .with_target(false)
        .with_writer(std::io::stderr);
    let _ = match log {
        Log::Json => builder.json().flatten_event(true).try_init(),
        Log::Troubles | Log::Text => builder.try_init(),
    };
}
