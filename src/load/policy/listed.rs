//! `configs:` of the host policy: what runs here, for a look at all of it.

use std::path::{Path, PathBuf};

use super::Fields;
use crate::load::config::{Node, NodeKind};
use crate::mode::Instance;

/// A config that the policy lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedConfig {
    /// Its whole path.
    pub path: PathBuf,
    /// The instances that run with it, for paths that hold `{instance}`.
    pub instances: Vec<String>,
}

/// Reads the list: paths, or `{path, instances}`.
pub(super) fn configs(fields: &mut Fields<'_, '_>) -> Vec<ListedConfig> {
    let Some(node) = fields.take("configs") else { return Vec::new() };
    let NodeKind::Sequence(items) = &node.kind else {
        fields.expected("a list", node);
        return Vec::new();
    };
    items.iter().filter_map(|item| config(item, fields)).collect()
}

fn config(item: &Node, fields: &mut Fields<'_, '_>) -> Option<ListedConfig> {
    let (path, instances) = match &item.kind {
        NodeKind::Scalar { text, .. } => (Some(text.as_str()), Vec::new()),
        _ => {
            let (file, findings) = fields.context();
            let mut inner = Fields::of(item, "a config of the host policy", file, findings);
            let path = inner.text("path");
            let mut instances = Vec::new();
            for (text, node) in inner.texts("instances").unwrap_or_default() {
                match Instance::parse(text) {
                    Some(instance) => instances.push(instance.as_str().to_owned()),
                    None => inner.expected("an instance", node),
                }
            }
            inner.finish();
            (path, instances)
        }
    };
    // Relative to what is nowhere said: whoever asks has another working directory than the timer.
    match path.filter(|path| Path::new(path).is_absolute() && !path.contains('\0')) {
        Some(path) => Some(ListedConfig { path: PathBuf::from(path), instances }),
        None => {
            fields.expected("a whole path, or {path: …}", item);
            None
        }
    }
}
