"""From journals to files a browser can play. Nothing is decoded or encoded again."""

from recordings.muxing.build import build_media
from recordings.muxing.manifest import MANIFEST_NAME, MediaFile, MediaGap, MediaManifest, read_manifest

__all__ = ["MANIFEST_NAME", "MediaFile", "MediaGap", "MediaManifest", "build_media", "read_manifest"]
