//! The stages of a process's life, told to everything in it through one watch channel.

use tokio::sync::watch;

/// What the process is doing. It only ever moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Ready: the load balancer sends requests.
    Serving,
    /// Told to end: not ready, still accepting and answering, each answer asking the client to reconnect elsewhere.
    Draining,
    /// The public port accepts nothing new; what is in flight is answered.
    Finishing,
    /// The admin port closes as well.
    Ended,
}

/// A view of the stage, cheap to copy and to look at.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    receiver: watch::Receiver<Stage>,
}

impl Lifecycle {
    /// A life that begins in `Serving`, and the sender that moves it on.
    pub fn begin() -> (watch::Sender<Stage>, Self) {
        let (sender, receiver) = watch::channel(Stage::Serving);
        (sender, Self { receiver })
    }

    /// The present stage.
    pub fn stage(&self) -> Stage {
        *self.receiver.borrow()
    }

    /// Waits until the stage is `stage` or a later one. A sender that is gone means that the end has come.
    pub(crate) async fn reached(&mut self, stage: Stage) {
        let _ended = self.receiver.wait_for(|now| *now >= stage).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_later_stage_counts_as_reached() {
        let (sender, mut life) = Lifecycle::begin();
        life.reached(Stage::Serving).await;
        sender.send_replace(Stage::Finishing);
        life.reached(Stage::Draining).await;
        assert_eq!(life.stage(), Stage::Finishing);
    }

    #[tokio::test]
    async fn a_lost_sender_is_the_end() {
        let (sender, mut life) = Lifecycle::begin();
        drop(sender);
        life.reached(Stage::Ended).await;
    }
}
