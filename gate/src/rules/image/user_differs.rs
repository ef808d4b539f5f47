use crate::image::{Configuration, Inspection, ManifestUse, Place};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// A manifest expects another user or another port than the image has.
    ///
    /// # Why it matters
    ///
    /// An image is built for one user: its files belong to that user and can be read by it. Under another
    /// `runAsUser` the program often may not open its own files, and the pod never starts. A `containerPort` that
    /// the image does not expose is a port where nothing listens: probes and Services that point to it fail, and the
    /// pod never becomes ready. The rule compares only what both sides say: an image without a user or exposed ports
    /// contradicts nothing here.
    ///
    /// # What to do
    ///
    /// Make both sides say the same; in the manifest:
    ///
    /// ```yaml
    /// securityContext:
    ///   runAsUser: 65532
    /// ports:
    ///   - containerPort: 8080
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    /// - <https://github.com/opencontainers/image-spec/blob/main/config.md>
    id: "user-differs",
    group: Image,
    level: Error,
    profile: Baseline,
    check: Image(check),
}

fn check(image: &Inspection, sink: &mut Sink<Place>) {
    let Some(configuration) = &image.configuration else {
        return;
    };
    for expected in &image.claims.uses {
        check_user(image, configuration, expected, sink);
        check_ports(configuration, expected, sink);
    }
}

fn check_user(
    image: &Inspection,
    configuration: &Configuration,
    expected: &ManifestUse,
    sink: &mut Sink<Place>,
) {
    let user = configuration
        .user
        .as_deref()
        .and_then(|user| user.split(':').next());
    let (Some(user), Some(run_as)) = (user, expected.run_as_user) else {
        return;
    };
    let accounts = image.contents.as_ref();
    let by_name = || {
        accounts
            .and_then(|contents| contents.account_number(user))
            .map(i64::from)
    };
    let Some(number) = user.parse().ok().or_else(by_name) else {
        return;
    };
    if number != run_as {
        let place = Place::Configuration { field: "User" };
        sink.report(
            place,
            "the image is made for another user than the manifest runs it as",
        )
        .detail(format!(
            "{}: runAsUser {run_as}, image: {number}",
            expected.object
        ))
        .help(format!(
            "set `runAsUser: {number}` in the manifest, or build the image for {run_as}"
        ));
    }
}

fn check_ports(configuration: &Configuration, expected: &ManifestUse, sink: &mut Sink<Place>) {
    let exposed = &configuration.exposed_ports;
    if exposed.is_empty() {
        return;
    }
    let listed: Vec<String> = exposed.iter().map(ToString::to_string).collect();
    for port in expected
        .container_ports
        .iter()
        .filter(|port| !exposed.contains(port))
    {
        let place = Place::Configuration {
            field: "ExposedPorts",
        };
        sink.report(place, "the manifest names a port that the image does not expose")
            .detail(format!(
                "{}: {port}, image: {}",
                expected.object,
                listed.join(", ")
            ))
            .help("name a port that the program listens on, or add it to the image's exposed ports");
    }
}
