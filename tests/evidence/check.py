"""Checks the trees of an evidence record from RFC 4998 alone, and writes each token with the root that it must be over.

    check.py RECORD DATA… -> one line a token: file of the token, digest algorithm, root in hexadecimal digits, time
"""

import hashlib
import sys
from pathlib import Path

from asn1crypto import cms, core, tsp
from asn1crypto.algos import DigestAlgorithm


class Attributes(core.SetOf):
    _child_spec = cms.CMSAttribute


class PartialHashtree(core.SequenceOf):
    _child_spec = core.OctetString


class ReducedHashtree(core.SequenceOf):
    _child_spec = PartialHashtree


class ArchiveTimeStamp(core.Sequence):
    _fields = [
        ("digest_algorithm", DigestAlgorithm, {"implicit": 0, "optional": True}),
        ("attributes", Attributes, {"implicit": 1, "optional": True}),
        ("reduced_hashtree", ReducedHashtree, {"implicit": 2, "optional": True}),
        ("time_stamp", cms.ContentInfo),
    ]


class ArchiveTimeStampChain(core.SequenceOf):
    _child_spec = ArchiveTimeStamp


class ArchiveTimeStampSequence(core.SequenceOf):
    _child_spec = ArchiveTimeStampChain


class DigestAlgorithms(core.SequenceOf):
    _child_spec = DigestAlgorithm


class CryptoInfos(core.SequenceOf):
    _child_spec = cms.CMSAttribute


class EncryptionInfo(core.Sequence):
    _fields = [("type", core.ObjectIdentifier), ("value", core.Any)]


class EvidenceRecord(core.Sequence):
    _fields = [
        ("version", core.Integer),
        ("digest_algorithms", DigestAlgorithms),
        ("crypto_infos", CryptoInfos, {"implicit": 0, "optional": True}),
        ("encryption_info", EncryptionInfo, {"implicit": 1, "optional": True}),
        ("archive_time_stamp_sequence", ArchiveTimeStampSequence),
    ]


def digest(algorithm, data):
    return hashlib.new(algorithm, data).digest()


def root_of(tree, algorithm, wanted):
    """Section 4.3: every wanted hash is in the first list; lists are sorted, joined and digested upwards."""
    if tree.native is None:
        assert len(wanted) == 1, "a timestamp without a tree is over one hash"
        return wanted[0]
    carried = []
    for number, part in enumerate(tree):
        hashes = [bytes(value.native) for value in part]
        if number == 0:
            for hash in wanted:
                assert hash in hashes, "the first list does not hold what it must"
        hashes = sorted(hashes + carried)
        carried = hashes if len(hashes) == 1 else [digest(algorithm, b"".join(hashes))]
    return carried[0]


def main(path, files):
    record = EvidenceRecord.load(Path(path).read_bytes(), strict=True)
    assert record["version"].native == 1
    listed = {entry["algorithm"].native for entry in record["digest_algorithms"]}
    data = [Path(file).read_bytes() for file in files]
    chains = list(record["archive_time_stamp_sequence"])
    times = []
    for number, chain in enumerate(chains):
        previous, of_chain = None, None
        for place, stamp in enumerate(chain):
            token = stamp["time_stamp"]
            info = token["content"]["encap_content_info"]["content"].parsed
            assert isinstance(info, tsp.TSTInfo)
            imprint = info["message_imprint"]
            stated = stamp["digest_algorithm"]
            algorithm = (stated if stated.native else imprint["hash_algorithm"])["algorithm"].native
            assert algorithm in listed and algorithm == (of_chain or algorithm)
            of_chain = algorithm
            if previous is not None:
                wanted = [digest(algorithm, previous)]
            elif number == 0:
                wanted = [digest(algorithm, one) for one in data]
            else:
                so_far = ArchiveTimeStampSequence(chains[:number]).dump(force=True)
                wanted = [digest(algorithm, digest(algorithm, one) + digest(algorithm, so_far)) for one in data]
            root = root_of(stamp["reduced_hashtree"], algorithm, wanted)
            assert imprint["hash_algorithm"]["algorithm"].native == algorithm
            assert imprint["hashed_message"].native == root, f"token {number}/{place} is over something else"
            times.append(info["gen_time"].native)
            file = Path(f"{path}.{number}.{place}.tst")
            previous = token.dump()
            file.write_bytes(previous)
            print(file.name, algorithm, root.hex(), int(times[-1].timestamp()))
    assert times == sorted(times), "times go backwards"


main(sys.argv[1], sys.argv[2:])
