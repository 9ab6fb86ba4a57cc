import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.settings import HubSettings
from hub.supervisor.launch import take_lock, write_pid_file
from hub.supervisor.preflight import check_ports, prepare_folders, refuse_second_parent
from hub.supervisor.refusals import SENTENCES, StartCode, StartRefused

FreePorts = Callable[[int], list[int]]


def settings_at(folder: Path, ports: list[int], **more: object) -> HubSettings:
    http, signaling, media = ports
    return HubSettings(data_dir=folder, http_port=http, signaling_port=signaling, media_port=media, **more)


def test_folders_are_made_closed_to_others(tmp_path: Path, free_ports: FreePorts) -> None:
    settings = settings_at(tmp_path / "a" / "b", free_ports(3))
    prepare_folders(settings)
    assert settings.run_dir.is_dir()
    assert settings.keys_dir.stat().st_mode & 0o077 == 0


def test_data_folder_that_is_a_file_is_refused(tmp_path: Path, free_ports: FreePorts) -> None:
    place = tmp_path / "var"
    place.write_text("a file is here")
    with pytest.raises(StartRefused) as refused:
        prepare_folders(settings_at(place, free_ports(3)))
    assert refused.value.code is StartCode.DATA_FOLDER_UNWRITABLE
    assert str(place) in refused.value.sentence
    assert place.read_text() == "a file is here"


def test_data_folder_on_a_read_only_file_system_is_refused(free_ports: FreePorts) -> None:
    with pytest.raises(StartRefused) as refused:
        prepare_folders(settings_at(Path("/proc/self/diem-cau"), free_ports(3)))
    assert refused.value.code is StartCode.DATA_FOLDER_UNWRITABLE


@pytest.mark.parametrize(
    ("position", "kind"), [(0, socket.SOCK_STREAM), (1, socket.SOCK_STREAM), (2, socket.SOCK_DGRAM)]
)
def test_port_in_use_is_named_with_its_setting(
    tmp_path: Path, free_ports: FreePorts, position: int, kind: socket.SocketKind
) -> None:
    ports = free_ports(3)
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", ports[position]))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        settings = settings_at(tmp_path, ports)
        prepare_folders(settings)
        with pytest.raises(StartRefused) as refused:
            check_ports(settings)
    assert refused.value.code is StartCode.PORT_IN_USE
    assert str(ports[position]) in refused.value.sentence
    assert ("HUB_HTTP_PORT", "HUB_SIGNALING_PORT", "HUB_MEDIA_PORT")[position] in refused.value.sentence


def test_free_ports_pass(tmp_path: Path, free_ports: FreePorts) -> None:
    settings = settings_at(tmp_path, free_ports(3))
    prepare_folders(settings)
    check_ports(settings)


def test_address_of_another_machine_is_refused(tmp_path: Path, free_ports: FreePorts) -> None:
    settings = settings_at(tmp_path, free_ports(3), bind="192.0.2.7")
    prepare_folders(settings)
    with pytest.raises(StartRefused) as refused:
        check_ports(settings)
    assert refused.value.code is StartCode.BIND_UNKNOWN


def test_second_parent_on_one_data_folder_is_refused(tmp_path: Path, free_ports: FreePorts) -> None:
    settings = settings_at(tmp_path, free_ports(3))
    prepare_folders(settings)
    refuse_second_parent(settings)
    descriptor = take_lock(settings.run_dir, "supervisor")
    assert descriptor is not None
    write_pid_file(settings.run_dir, "supervisor")
    with pytest.raises(StartRefused) as refused:
        refuse_second_parent(settings)
    assert refused.value.code is StartCode.ALREADY_RUNNING


def test_every_code_has_a_sentence_without_exclamation_marks() -> None:
    assert set(SENTENCES) == set(StartCode)
    assert not [sentence for sentence in SENTENCES.values() if "!" in sentence]
