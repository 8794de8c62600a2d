"""Reads every certificate, list, OCSP response and SignedData in folders: a line of JSON each, with the facts, or with why not."""
import base64, json, os, re, sys, warnings
from asn1crypto import cms, core, crl, ocsp, x509
from cryptography import x509 as strict
from cryptography.x509 import ocsp as strict_ocsp
warnings.simplefilter('ignore')
LABELS = {'CERTIFICATE': 'certificate', 'TRUSTED CERTIFICATE': None, 'X509 CERTIFICATE': 'certificate', 'X509 CRL': 'list',
          'PKCS7': 'cms', 'CMS': 'cms'}
ENDS = ('.pem', '.crt', '.cer', '.der', '.crl', '.ors', '.p7b', '.p7s', '.p7c', 'ocsp_response')
BLOCK = re.compile(rb'-----BEGIN ([A-Z0-9 ]+)-----[^\n]*\n(.*?)-----END \1-----', re.S)

def certificate(der):
    strict.load_der_x509_certificate(der).extensions
    it = x509.Certificate.load(der, strict=True)
    body, life = it['tbs_certificate'], it['tbs_certificate']['validity']
    return {'serial': format(body['serial_number'].native, 'x'), 'subject': body['subject'].dump().hex(),
            'issuer': body['issuer'].dump().hex(), 'key': body['subject_public_key_info'].dump().hex(),
            'from': str(int(life['not_before'].native.timestamp())), 'to': str(int(life['not_after'].native.timestamp())),
            'ca': str(bool(it.ca)).lower()}

def revocation_list(der):
    theirs = strict.load_der_x509_crl(der)
    theirs.extensions
    for entry in theirs:
        entry.extensions
    body = crl.CertificateList.load(der, strict=True)['tbs_cert_list']
    until = body['next_update'].native
    return {'from': str(int(body['this_update'].native.timestamp())),
            'to': str(int(until.timestamp())) if until else '', 'entries': str(len(body['revoked_certificates']))}

def response(der):
    theirs = strict_ocsp.load_der_ocsp_response(der)
    if theirs.response_status != strict_ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f'no response: {theirs.response_status.name}')
    it = ocsp.OCSPResponse.load(der, strict=True).basic_ocsp_response
    body = it['tbs_response_data']
    states = [one['cert_status'].name for one in body['responses']]
    return {'produced': str(int(body['produced_at'].native.timestamp())), 'states': ' '.join(states)}

def signed_data(der):
    info = cms.ContentInfo.load(der)
    if info['content_type'].native != 'signed_data':
        raise ValueError('another kind of content')
    body = info['content']
    signers = body['signer_infos']
    if len(signers) != 1:
        raise ValueError(f'{len(signers)} signers')
    return {'certificates': str(len(body['certificates'])), 'value': signers[0]['signature'].native.hex(),
            'digest': signers[0]['digest_algorithm']['algorithm'].dotted}

READ = {'certificate': certificate, 'list': revocation_list, 'ocsp': response, 'cms': signed_data}

def guess(path):
    for kind, words in (('list', ('.crl', 'crl_', '/crl')), ('ocsp', ('.ors', 'resp', 'ocsp')), ('cms', ('.p7', 'pkcs7', 'cms', '_signed'))):
        if any(word in path.lower() for word in words):
            return kind
    return 'certificate'

def blocks(path, data):
    found = list(BLOCK.finditer(data))
    if b'-----BEGIN' in data:
        for block in found:
            kind = LABELS.get(block[1].decode())
            body = b''.join(line for line in block[2].splitlines() if b':' not in line)
            if kind:
                yield kind, base64.b64decode(body)
    elif data[:1] == b'\x30' or path.endswith('.ors'):
        # Some are kept as base64 without a frame.
        data = data if data[:1] == b'\x30' else base64.b64decode(data)
        kind = guess(path)
        # A file by another name than its kind is taken for what it turns out to be.
        for other in [kind] + [other for other in READ if other != kind]:
            try:
                READ[other](data)
                kind = other
                break
            except Exception:
                pass
        yield kind, data

for root in sys.argv[1:]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith(('nist_pkits', 'PKITS', 'requests', 'keys', 'pkcs12')))
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith(ENDS) or '-req' in name or name.startswith('req-') or '.req' in name:
                continue
            with open(path, 'rb') as file:
                data = file.read()
            for index, (kind, der) in enumerate(blocks(path, data)):
                line = {'file': f'{os.path.relpath(path, root)}#{index}', 'kind': kind, 'der': base64.b64encode(der).decode()}
                try:
                    line['facts'] = READ[kind](der)
                except Exception as error:
                    line['why'] = f'{type(error).__name__}: {error}'[:160].replace('\n', ' ')
                print(json.dumps(line))
