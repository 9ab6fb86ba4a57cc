"""The client's half of DTLS-SRTP (RFC 5764), without sockets: datagrams in, datagrams out.

Stands on pyOpenSSL's public interface only, apart from the node's own DTLS, so that the two check each other.
"""

import datetime
import os
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from pylibsrtp import Policy, Session

#: Fits every tunnel we have met; OpenSSL would otherwise ask a socket it does not have.
_DATAGRAM_BYTES = 1200
#: Record header: type, version, epoch, sequence, length. RFC 6347, section 4.1.
_RECORD_HEADER = 13
_CERTIFICATE_LIFE = datetime.timedelta(days=30)
#: As libwebrtc: enough for a second of video on a reordering line.
_REPLAY_WINDOW = 1024


@dataclass(frozen=True, slots=True)
class Cipher:
    """An SRTP protection profile: OpenSSL's name, libsrtp's number, bytes of key and salt."""

    name: str
    profile: int
    key: int
    salt: int


AES_GCM_128 = Cipher("SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12)
AES_GCM_256 = Cipher("SRTP_AEAD_AES_256_GCM", Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12)
AES_CM_128 = Cipher("SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14)
#: In the order Chromium offers them.
CIPHERS = (AES_GCM_128, AES_GCM_256, AES_CM_128)


class DtlsFailed(Exception):
    """The handshake cannot succeed any more; the text says why."""


class Identity:
    """A self-signed certificate of one program run, shared by its peers."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, os.urandom(8).hex())])
        now = datetime.datetime.now(datetime.UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + _CERTIFICATE_LIFE)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 in the spelling of SDP: `AB:CD:…`."""
        return fingerprint_of(self.certificate)


def fingerprint_of(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


class DtlsClient:
    """One association. After `connected`, `inbound` and `outbound` are the SRTP sessions."""

    def __init__(self, identity: Identity, remote_fingerprint: str, ciphers: tuple[Cipher, ...] = CIPHERS) -> None:
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_options(SSL.OP_NO_QUERY_MTU)
        context.use_privatekey(identity.key)
        context.use_certificate(identity.certificate)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.set_tlsext_use_srtp(b":".join(cipher.name.encode() for cipher in ciphers))
        self._connection = SSL.Connection(context, None)
        self._connection.set_connect_state()
        self._connection.set_ciphertext_mtu(_DATAGRAM_BYTES)
        self._remote_fingerprint = remote_fingerprint.upper()
        self._ciphers = {cipher.name: cipher for cipher in ciphers}
        self.connected = False
        self.closed = False
        self.cipher: Cipher | None = None
        self.inbound: Session | None = None
        self.outbound: Session | None = None

    def start(self) -> list[bytes]:
        """The first flight."""
        return self._advance()

    def receive(self, datagram: bytes) -> list[bytes]:
        """Takes a datagram, returns what has to be sent. Raises `DtlsFailed`."""
        self._connection.bio_write(datagram)
        if not self.connected:
            return self._advance()
        try:
            self._connection.recv(_DATAGRAM_BYTES)
        except SSL.ZeroReturnError:
            self.closed = True
        except SSL.WantReadError:
            return self._outgoing()
        except SSL.Error:
            self.closed = True
        return self._outgoing()

    def next_timeout(self) -> float | None:
        """Seconds until `handle_timeout` has to be called, None when nothing is awaited."""
        return None if self.connected else self._connection.DTLSv1_get_timeout()

    def handle_timeout(self) -> list[bytes]:
        if not self.connected:
            self._connection.DTLSv1_handle_timeout()
        return self._outgoing()

    def close(self) -> list[bytes]:
        """The close_notify alert."""
        if not self.connected or self.closed:
            return []
        self.closed = True
        try:
            self._connection.shutdown()
        except SSL.Error:
            return []
        return self._outgoing()

    def _advance(self) -> list[bytes]:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return self._outgoing()
        except SSL.Error as error:
            raise DtlsFailed(f"handshake: {error}") from None
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None or fingerprint_of(certificate) != self._remote_fingerprint:
            raise DtlsFailed("the certificate is not the one in the description")
        self._take_keys()
        self.connected = True
        return self._outgoing()

    def _take_keys(self) -> None:
        cipher = self._ciphers.get(self._connection.get_selected_srtp_profile().decode())
        if cipher is None:
            raise DtlsFailed("no common SRTP profile")
        material = self._connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (cipher.key + cipher.salt))
        keys, salts = material[: 2 * cipher.key], material[2 * cipher.key :]
        ours = Policy(keys[: cipher.key] + salts[: cipher.salt], Policy.SSRC_ANY_OUTBOUND, srtp_profile=cipher.profile)
        theirs = Policy(keys[cipher.key :] + salts[cipher.salt :], Policy.SSRC_ANY_INBOUND, srtp_profile=cipher.profile)
        ours.window_size = theirs.window_size = _REPLAY_WINDOW
        self.cipher, self.outbound, self.inbound = cipher, Session(ours), Session(theirs)

    def _outgoing(self) -> list[bytes]:
        """What OpenSSL wrote, cut at record boundaries: a record may not be split over datagrams."""
        written = bytearray()
        while True:
            try:
                written += self._connection.bio_read(16_384)
            except SSL.WantReadError:
                break
        datagrams: list[bytes] = []
        current = b""
        while written:
            size = _RECORD_HEADER + int.from_bytes(written[11:13], "big")
            record = bytes(written[:size])
            del written[:size]
            if current and len(current) + size > _DATAGRAM_BYTES:
                datagrams.append(current)
                current = b""
            current += record
        return [*datagrams, current] if current else datagrams
