"""Settings of the writer, all from the environment with the prefix HUB_."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from recordings.journal.format import CHECKPOINT_INTERVAL, SEGMENT_BYTES, SEGMENT_SECONDS


class WriterSettings(BaseSettings):
    """`data_dir` holds `recordings/` and `run/writer.sock`. Longer segments than 30 s are refused: they must leave soon."""

    model_config = SettingsConfigDict(env_prefix="HUB_")

    data_dir: Path = Path("./var")
    journal_segment_seconds: float = Field(default=SEGMENT_SECONDS, gt=0.1, le=SEGMENT_SECONDS)
    journal_segment_bytes: int = Field(default=SEGMENT_BYTES, ge=64 * 1024, le=SEGMENT_BYTES)
    journal_checkpoint_interval: float = Field(default=CHECKPOINT_INTERVAL, ge=0.05, le=CHECKPOINT_INTERVAL)

    @property
    def recordings_dir(self) -> Path:
        return self.data_dir / "recordings"

    @property
    def run_dir(self) -> Path:
        return self.data_dir / "run"

    @property
    def socket_path(self) -> Path:
        return self.run_dir / "writer.sock"

    @property
    def lock_path(self) -> Path:
        return self.run_dir / "writer.lock"
