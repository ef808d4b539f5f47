use crate::finding::Level;
use crate::image::{Inspection, Place};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// An image runs as root unless somebody says otherwise.
    ///
    /// # Why it matters
    ///
    /// Whoever breaks out of a process that runs as root is root on the node, unless user namespaces stand in
    /// between. A manifest can set another user, but every place that starts the image without one, a debug session
    /// or another team's manifest, falls back to root. A user given by name has another disadvantage: the kubelet
    /// cannot see whether it is root, and refuses the pod as soon as `runAsNonRoot` is set without `runAsUser`; this
    /// is a warning.
    ///
    /// # What to do
    ///
    /// Give the user by number:
    ///
    /// ```dockerfile
    /// USER 65532:65532
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://github.com/opencontainers/image-spec/blob/main/config.md>
    id: "root-image-user",
    group: Image,
    level: Error,
    profile: Restricted,
    check: Image(check),
}

fn check(image: &Inspection, sink: &mut Sink<Place>) {
    let Some(configuration) = &image.configuration else {
        return;
    };
    let place = Place::Configuration { field: "User" };
    let help = "set a user by number, for instance `USER 65532:65532`";
    let Some(user) = &configuration.user else {
        sink.report(place, "the image sets no user and runs as root")
            .help(help);
        return;
    };
    let name = user.split(':').next().unwrap_or_default();
    let number = name.parse::<i64>().ok();
    let account = image
        .contents
        .as_ref()
        .and_then(|contents| contents.account_number(name));
    match number {
        Some(0) => {
            sink.report(place, "the image runs as root")
                .detail(user)
                .help(help);
        }
        Some(1..) => {}
        None if name.is_empty() || name == "root" || account == Some(0) => {
            sink.report(place, "the image runs as root")
                .detail(user)
                .help(help);
        }
        _ => {
            sink.report(
                place,
                "the image names its user, so that `runAsNonRoot` cannot be checked",
            )
            .level(Level::Warning)
            .detail(user)
            .help(match account {
                Some(number) => format!("give the number of that user, {number}"),
                None => help.to_owned(),
            });
        }
    }
}
