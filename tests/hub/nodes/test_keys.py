import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hub.nodes.keys import (
    PASS_KEY_NAME,
    KeyUnusable,
    NodeKeys,
    hash_link_key,
    link_key_matches,
    load_or_create,
    write_private_file,
)


def test_first_start_makes_keys_for_their_owner_alone(tmp_path: Path) -> None:
    keys = load_or_create(tmp_path / "keys", tmp_path / "keys" / "node-1.key")
    assert (tmp_path / "keys" / PASS_KEY_NAME).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys" / "node-1.key").stat().st_mode & 0o777 == 0o600
    assert len(keys.link_key) >= 43


def test_second_start_finds_the_same_keys(tmp_path: Path) -> None:
    first = load_or_create(tmp_path, tmp_path / "node-1.key")
    second = load_or_create(tmp_path, tmp_path / "node-1.key")
    assert (first.pass_public_key, first.link_key) == (second.pass_public_key, second.link_key)


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    found: list[NodeKeys] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        found.append(load_or_create(tmp_path, tmp_path / "node-1.key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(keys.pass_public_key, keys.link_key) for keys in found}) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [PASS_KEY_NAME, "node-1.key"]


def test_spoilt_key_file_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / PASS_KEY_NAME).write_text("not a key")
    with pytest.raises(KeyUnusable):
        load_or_create(tmp_path, tmp_path / "node-1.key")
    assert (tmp_path / PASS_KEY_NAME).read_text() == "not a key"


def test_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private_file(tmp_path / PASS_KEY_NAME, pem)
    with pytest.raises(KeyUnusable):
        load_or_create(tmp_path, tmp_path / "node-1.key")


def test_empty_link_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "node-1.key").write_text("\n")
    with pytest.raises(KeyUnusable):
        load_or_create(tmp_path, tmp_path / "node-1.key")


def test_link_key_is_recognised_by_its_hash_alone() -> None:
    assert link_key_matches("secret", hash_link_key("secret"))
    assert not link_key_matches("Secret", hash_link_key("secret"))


def test_private_file_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    assert write_private_file(tmp_path / "k", b"one")
    assert not write_private_file(tmp_path / "k", b"two")
    assert (tmp_path / "k").read_bytes() == b"one"
