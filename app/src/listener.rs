//! One listening port: accepts, and keeps the number of open connections under its cap.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection::{self, Terms};

/// How long to wait when the system has no descriptor or memory for another connection.
const PAUSE: Duration = Duration::from_secs(1);

/// A port with its cap. The two ports share nothing, so that a full public one leaves the admin one reachable.
pub(crate) struct Port {
    name: &'static str,
    terms: Terms,
    places: Arc<Semaphore>,
    cap: usize,
    /// One clone for each open connection. The semaphore cannot be asked: who waits for all places holds the free ones.
    presence: Arc<()>,
}

impl Port {
    pub(crate) fn new(name: &'static str, terms: Terms, cap: usize) -> Self {
        Self {
            name,
            terms,
            places: Arc::new(Semaphore::new(cap)),
            cap,
            presence: Arc::new(()),
        }
    }

    /// The number of open connections.
    pub(crate) fn open(&self) -> usize {
        Arc::strong_count(&self.presence).saturating_sub(1)
    }

    /// Accepts until the port's last stage, then takes what the kernel has already accepted, closes the port, and returns when the
    /// last connection is over.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut lifecycle = self.terms.lifecycle.clone();
        loop {
            let accepted = tokio::select! {
                biased;
                () = lifecycle.reached(self.terms.last) => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => self.admit(stream).await,
                Err(error) if of_the_client(&error) => {}
                Err(error) => {
                    tracing::warn!(port = self.name, %error, "cannot accept a connection");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        while let Some(stream) = waiting(&listener).await {
            self.admit(stream).await;
        }
        drop(listener);
        let all = u32::try_from(self.cap).unwrap_or(u32::MAX);
        // An error would mean that the semaphore was closed, which nobody does.
        let _every_place = self.places.acquire_many(all).await;
    }

    async fn admit(&self, stream: TcpStream) {
        let Some(place) = self.place().await else {
            return;
        };
        // Small answers must not wait for the client's acknowledgement; where this fails, the socket is dead anyway.
        let _dead = stream.set_nodelay(true);
        let serving = connection::serve(stream, self.terms.clone());
        let presence = Arc::clone(&self.presence);
        tokio::spawn(async move {
            serving.await;
            drop((presence, place));
        });
    }

    /// A place under the cap. Where all are taken, the connection that has rested longest is asked to leave, and the new one
    /// waits until any of them ends; those behind it wait in the kernel.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        self.terms.crowded.notify_one();
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        // Where nobody rested, the call is still stored; taken back, it does not dismiss the next one that rests.
        pin!(self.terms.crowded.notified()).as_mut().enable();
        place
    }
}

/// The client left before it was accepted (accept(2) reports what its connection met); the next one may be well.
fn of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

/// A connection that the kernel holds ready, if there is one.
async fn waiting(listener: &TcpListener) -> Option<TcpStream> {
    poll_fn(|context| match listener.poll_accept(context) {
        Poll::Ready(Ok((stream, _))) => Poll::Ready(Some(stream)),
        Poll::Ready(Err(_)) | Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{Lifecycle, Stage};
    use crate::settings::Settings;

    fn port(cap: usize) -> Arc<Port> {
        let limits = Settings::from_lookup(|_| None).unwrap().limits;
        let (_, lifecycle) = Lifecycle::begin();
        let (last, crowded) = (Stage::Finishing, Arc::default());
        let terms = Terms {
            router: axum::Router::new(),
            limits,
            lifecycle,
            last,
            crowded,
        };
        Arc::new(Port::new("test", terms, cap))
    }

    async fn wanting(port: &Arc<Port>) -> tokio::task::JoinHandle<Option<OwnedSemaphorePermit>> {
        let wanting = Arc::clone(port);
        let wanting = tokio::spawn(async move { wanting.place().await });
        tokio::task::yield_now().await;
        wanting
    }

    #[tokio::test]
    async fn who_wants_a_place_calls_one_that_rests() {
        let port = port(1);
        let taken = port.place().await;
        let _wanting = wanting(&port).await;
        assert!(pin!(port.terms.crowded.notified()).as_mut().enable());
        drop(taken);
    }

    #[tokio::test]
    async fn a_call_that_nobody_heard_is_taken_back() {
        let port = port(1);
        let taken = port.place().await;
        let wanting = wanting(&port).await;
        drop(taken);
        assert!(wanting.await.unwrap().is_some());
        assert!(!pin!(port.terms.crowded.notified()).as_mut().enable());
    }

    #[tokio::test]
    async fn a_free_place_calls_nobody() {
        let port = port(2);
        let _places = (port.place().await, port.place().await);
        assert!(!pin!(port.terms.crowded.notified()).as_mut().enable());
    }
}
