"""A local authority for a closed network: its certificate is installed once on each machine, it signs the server's.

Keys lie under keys/tls with mode 0600. The server's certificate is made anew when its addresses change or it ends soon.
"""

import datetime as dt
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.nodes.keys import write_private_file
from hub.settings import HubSettings

#: Longer than any machine of an office is kept: installing an authority on 65 sites is not repeated lightly.
AUTHORITY_LIFETIME = dt.timedelta(days=3650)
#: Browsers refuse server certificates of more than 398 days, even from private authorities (Apple; CA/B Forum BR 6.3.2).
SERVER_LIFETIME = dt.timedelta(days=397)
#: Renewed at a start when less than this is left.
RENEW_BEFORE = dt.timedelta(days=60)
#: A clock a day behind must still accept the new certificate.
_BACKDATED = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    authority: Path
    certificate: Path
    key: Path


def hosts_of(settings: HubSettings) -> list[str]:
    """Every name and address under which browsers may reach hub and node."""
    hosts = ["localhost", "127.0.0.1", settings.visible_host, settings.local_host.strip("[]"), socket.gethostname()]
    hosts += [part.strip().rpartition(":")[0] for part in settings.advertise.split(",")]
    hosts += [urlsplit(address).hostname or "" for address in (settings.public_url, settings.signaling_url)]
    return sorted({host.strip("[]") for host in hosts if host})


def ensure(folder: Path, hosts: Iterable[str], now: dt.datetime) -> TlsFiles:
    """The authority and a server certificate for `hosts`, made when missing, changed or ending soon."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = TlsFiles(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    authority_key, authority = _authority(folder, files.authority, now)
    wanted = sorted(set(hosts))
    if not _still_good(files, wanted, authority, now):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _server_certificate(key, authority_key, authority, wanted, now)
        files.key.unlink(missing_ok=True)
        write_private_file(files.key, _pem_of_key(key))
        chain = certificate.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)
        files.certificate.write_bytes(chain)
    return files


def _authority(folder: Path, path: Path, now: dt.datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key_path = folder / "authority.key"
    if key_path.exists() and path.exists():
        key = load_pem_private_key(key_path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{key_path.name}: not an elliptic curve key")
        return key, x509.load_pem_x509_certificate(path.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Điểm Cầu {socket.gethostname()}"[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_path.unlink(missing_ok=True)
    write_private_file(key_path, _pem_of_key(key))
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return key, certificate


def _server_certificate(
    key: ec.EllipticCurvePrivateKey,
    authority_key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    hosts: list[str],
    now: dt.datetime,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + SERVER_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _still_good(files: TlsFiles, hosts: list[str], authority: x509.Certificate, now: dt.datetime) -> bool:
    if not (files.certificate.exists() and files.key.exists()):
        return False
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    same_hosts = {str(name.value) for name in names} == set(hosts)
    return (
        same_hosts and certificate.issuer == authority.subject and certificate.not_valid_after_utc - now > RENEW_BEFORE
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
