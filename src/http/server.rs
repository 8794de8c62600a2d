//! The accept loop: a bound on connections, a time limit on slow headers, TLS where it is asked for, and an orderly end.

use super::places::Places;
use super::tls::Tls;
use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::Layer;

/// Connections served at once; further ones wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 1_024;
/// How long a browser may take over a request's headers.
const HEADER_SECONDS: u64 = 15;
/// How long nobody must have come before no more are let in once the end has been asked for, and for how long they are at most.
const LAST_QUIET: Duration = Duration::from_millis(50);
const LAST_CALLERS: Duration = Duration::from_secs(2);
/// How long running requests may take to finish once the end has been asked for.
const FAREWELL_SECONDS: u64 = 10;

/// Serves until `stop` resolves, then lets running requests finish.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    serve_over(listener, Door { tls: None, behind_proxy: true }, router, stop).await;
}

/// How a service is reached.
#[derive(Clone)]
pub struct Door {
    /// What ends TLS, where the service does.
    pub tls: Option<Tls>,
    /// Whether everybody comes through a proxy of ours: where they do not, one address has no more than half of all connections.
    pub behind_proxy: bool,
}

/// Serves until `stop` resolves, then lets running requests finish.
pub async fn serve_over(listener: TcpListener, door: Door, router: Router, stop: impl Future<Output = ()>) {
    let shares = Places::new(MOST_CONNECTIONS, if door.behind_proxy { MOST_CONNECTIONS } else { MOST_CONNECTIONS / 2 });
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEADER_SECONDS));
    let (mut stop, mut last) = (pin!(stop), None::<Instant>);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            // Whom the system has let in already is served as well.
            () = &mut stop, if last.is_none() => {
                last = Some(Instant::now() + LAST_CALLERS);
                continue;
            }
            () = tokio::time::sleep(LAST_QUIET), if last.is_some() => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        if last.is_some_and(|last| Instant::now() >= last) {
            break;
        }
        let Some(share) = shares.take(peer.ip()) else { continue };
        // Around all routes at once: to put it into each of them takes milliseconds and megabytes.
        let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(router.clone()));
        let (builder, watcher, tls) = (builder.clone(), graceful.watcher(), door.tls.clone());
        tokio::spawn(async move {
            // A browser that goes away in the middle is no event worth a line.
            let _ = match tls {
                None => watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned()).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => {
                        watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned()).await
                    }
                    Err(_) => Ok(()),
                },
            };
            drop((place, share));
        });
    }
    drop(listener);
    let farewell = tokio::time::sleep(Duration::from_secs(FAREWELL_SECONDS));
    tokio::select! {
        () = graceful.shutdown() => {}
        () = farewell => {}
    }
}
