//! Sub-indications of EN 319 102-1 in plain words.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    (
        "FORMAT_FAILURE",
        "署名の形式が正しくないか、署名の後に、署名が許していない変更が加えられています。",
        "The signature is not well formed, or the file was changed after signing in a way that the signature does not allow.",
    ),
    ("HASH_FAILURE", "署名された内容が書き換えられています。", "The signed content was altered."),
    (
        "SIG_CRYPTO_FAILURE",
        "署名の値が、署名者の鍵と合いません。",
        "The signature value does not fit the signer's key.",
    ),
    (
        "REVOKED",
        "証明書が取り消された後に署名されています。",
        "The signature was made after its certificate had been revoked.",
    ),
    (
        "REVOKED_CA",
        "証明書の発行元の証明書が取り消された後に署名されています。",
        "The signature was made after the issuer's certificate had been revoked.",
    ),
    (
        "EXPIRED",
        "証明書の有効期間が終わった後に署名されています。",
        "The signature was made after its certificate had expired.",
    ),
    (
        "NOT_YET_VALID",
        "証明書の有効期間が始まる前に署名されています。",
        "The signature was made before its certificate became valid.",
    ),
    (
        "SIG_CONSTRAINTS_FAILURE",
        "署名、または署名後の変更が、この検証の方針に合いません。",
        "The signature, or what was changed after it, does not meet this validation's policy.",
    ),
    (
        "CHAIN_CONSTRAINTS_FAILURE",
        "署名者の証明書、または発行元の証明書が、この用途に認められたものではありません。",
        "The signer's certificate, or one of its issuers', is not meant for this purpose.",
    ),
    ("CERTIFICATE_CHAIN_GENERAL_FAILURE", "証明書を確認できませんでした。", "The certificates could not be checked."),
    (
        "CRYPTO_CONSTRAINTS_FAILURE",
        "署名に使われた暗号の方式または鍵の長さが、認められた強さに達していません。",
        "An algorithm or key size used by the signature is weaker than what is accepted.",
    ),
    (
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        "署名に使われた暗号の方式は現在では弱く、それが安全だった時期の署名であることを示す証拠がありません。",
        "An algorithm used by the signature is too weak today, and nothing proves that the signature dates from when it was safe.",
    ),
    (
        "POLICY_PROCESSING_ERROR",
        "署名が指定する方針を処理できませんでした。",
        "The policy that the signature names could not be processed.",
    ),
    (
        "SIGNATURE_POLICY_NOT_AVAILABLE",
        "署名が指定する方針を入手できませんでした。",
        "The policy that the signature names is not at hand.",
    ),
    (
        "TIMESTAMP_ORDER_FAILURE",
        "タイムスタンプの順序に矛盾があります。",
        "The timestamps stand in an order that cannot be.",
    ),
    (
        "NO_SIGNING_CERTIFICATE_FOUND",
        "署名者の証明書を特定できませんでした。",
        "The signer's certificate could not be identified.",
    ),
    (
        "NO_CERTIFICATE_CHAIN_FOUND",
        "署名者の証明書が、信頼する発行元のものであることを確認できませんでした。",
        "The signer's certificate could not be traced to an issuer that is trusted here.",
    ),
    (
        "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
        "署名者の証明書の発行元が、署名のときに信頼されていたことを確認できませんでした。",
        "The signer's certificate could not be traced to an issuer that was trusted when the signature was made.",
    ),
    (
        "REVOKED_NO_POE",
        "証明書は取り消されており、取り消しより前の署名であることを示す証拠がありません。",
        "The certificate has been revoked, and nothing proves that the signature was made before that.",
    ),
    (
        "REVOKED_CA_NO_POE",
        "証明書の発行元の証明書が取り消されており、取り消しより前の署名であることを示す証拠がありません。",
        "The issuer's certificate has been revoked, and nothing proves that the signature was made before that.",
    ),
    (
        "OUT_OF_BOUNDS_NOT_REVOKED",
        "検証の時点は証明書の有効期間の外で、有効期間内の署名であることを示す証拠がありません（取り消しはされていません）。",
        "The certificate is outside its validity period (it was not revoked), and nothing proves that the signature was made within it.",
    ),
    (
        "OUT_OF_BOUNDS_NO_POE",
        "検証の時点は証明書の有効期間の外で、有効期間内の署名であることを示す証拠がありません。",
        "The certificate is outside its validity period, and nothing proves that the signature was made within it.",
    ),
    (
        "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        "失効情報に署名した証明書が有効期間の外にあり、失効情報を信用できる証拠がありません。",
        "The certificate that signed the revocation data is outside its validity period.",
    ),
    (
        "NO_POE",
        "ある時点に署名が存在したことを示す証拠がありません。",
        "Nothing proves that the signature existed at a given time.",
    ),
    (
        "TRY_LATER",
        "証明書が取り消されていないかを確認する情報が、まだ足りません。",
        "The information needed to tell whether a certificate has been revoked is missing or too old.",
    ),
    ("SIGNED_DATA_NOT_FOUND", "署名の対象となった内容が見つかりません。", "The signed content was not found."),
    (
        "CUSTOM",
        "その他の理由で判定できません。詳しくは個々の指摘をご覧ください。",
        "No verdict, for another reason; see the findings.",
    ),
];
