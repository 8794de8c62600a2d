//! The accept loop: a bound on connections, a time limit on slow headers, TLS where it is asked for, and an orderly end.

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
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections served at once; further ones wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 1_024;
/// How long a browser may take over a request's headers.
const HEADER_SECONDS: u64 = 15;
/// How long nobody must have come before no more are let in.
const LAST_MILLISECONDS: Duration = Duration::from_millis(50);
/// How long running requests may take to finish once the end has been asked for.
const FAREWELL_SECONDS: u64 = 10;

/// Serves until `stop` resolves, then lets running requests finish.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    serve_over(listener, None, router, stop).await;
}

/// Serves over TLS, where there is any, until `stop` resolves, then lets running requests finish.
pub async fn serve_over(listener: TcpListener, tls: Option<Tls>, router: Router, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEADER_SECONDS));
    let (mut stop, mut stopped) = (pin!(stop), false);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            // Whom the system has let in already is served as well.
            () = &mut stop, if !stopped => {
                stopped = true;
                continue;
            }
            () = tokio::time::sleep(LAST_MILLISECONDS), if stopped => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone().layer(Extension(ConnectInfo(peer))));
        let (builder, watcher, tls) = (builder.clone(), graceful.watcher(), tls.clone());
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
            drop(place);
        });
    }
    drop(listener);
    let farewell = tokio::time::sleep(Duration::from_secs(FAREWELL_SECONDS));
    tokio::select! {
        () = graceful.shutdown() => {}
        () = farewell => {}
    }
}
