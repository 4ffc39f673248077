"""nginx in front, configured as docs/operations.md has it."""

import datetime
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.databases import ROOT
from tests.faults.topology import answers
from tests.ports import free_port

HOST = "localhost"


@contextmanager
def nginx(folder: Path, ports: Sequence[int]) -> Iterator[str]:
    """Its address. Names, certificates, ports and places are this machine's, and the rest as it
    is written."""
    certify(folder)
    at = free_port()
    written = snippet()
    webs = "".join(f"    server 127.0.0.1:{port};\n" for port in ports)
    text = re.sub(r"(?:    server 127\.0\.0\.1:\d+;\n)+", webs, written)
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{at} ")
    text = text.replace("chat.example.org;", f"{HOST};", 1)
    text = re.sub(r"/etc/ssl/\S+\.(pem|key)", rf"{folder}/of.\1", text)
    assert text.count(str(folder)) == 2 and str(at) in text and webs in text
    places = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\n    access_log off;\n{places}{text}}}\n"
    )
    with (folder / "nginx.txt").open("wb") as said:
        command = ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(config)]
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        while not answers(at):
            assert process.poll() is None, (folder / "nginx.txt").read_text()
            time.sleep(0.05)
        yield f"https://{HOST}:{at}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def snippet() -> str:
    [found] = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs/operations.md").read_text(), re.S)
    return str(found)


def certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "of.pem").write_bytes(certificate.public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "of.key").write_bytes(key.private_bytes(pem, *plain))
