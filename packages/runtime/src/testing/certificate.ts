import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

/** A self-signed certificate for localhost and 127.0.0.1 and its key, valid for a hundred years; it protects nothing. */
export const testTls = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUb3MOkX5IxGKrLkDei4j3vtSVYjIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAx
MDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARde7JVeNV3tZxTewIQM8W8w9/adr6zOcM6/9kSZoM5yPH2zXJx99fJ
VNr/Dz3PGl+5N3kvnCI7Va8IhZI6MpoCo28wbTAdBgNVHQ4EFgQUEAzVC0VyTORB
CfxkUgJ5YXs4WtQwHwYDVR0jBBgwFoAUEAzVC0VyTORBCfxkUgJ5YXs4WtQwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgEF1ZcSX2qYi7v6Ikw51/l/3UzLuwJXPppPDSjIOHPUECIDFY
jjC8IP+Jp8O0bi0W5CAm95ApYi0BSFjwn9n1GR/7
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzLwdG5noFszZvJ4e
h4iHyc5zG75xykseH+ziUbIOgayhRANCAARde7JVeNV3tZxTewIQM8W8w9/adr6z
OcM6/9kSZoM5yPH2zXJx99fJVNr/Dz3PGl+5N3kvnCI7Va8IhZI6MpoC
-----END PRIVATE KEY-----
`,
};

/** A private key that belongs to another certificate. */
export const foreignKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgg/nSfxvF3Bit5PdS
G2fY6FyEH1HcQ+R8JBVhH8246o+hRANCAAStWCcjSUNO6/8gHnNTJtrrjW4QjH6I
el6yLPICTsvkcuy0rDyviOep4glAmP16JwkIOonrqpn0SKMWRnSdN4E7
-----END PRIVATE KEY-----
`;

/** As above with an RSA key, which older suites ask for. */
export const rsaTls = {
  cert: `-----BEGIN CERTIFICATE-----
MIIDJzCCAg+gAwIBAgIUMfe7tn/TiLpnPgLqxlvUCdn80SAwDQYJKoZIhvcNAQEL
BQAwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTA0NTM0M1oYDzIxMTkx
MjI4MDQ1MzQzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwggEiMA0GCSqGSIb3DQEB
AQUAA4IBDwAwggEKAoIBAQCodpoy/gct8pTXgx1FBLxkB9CGaPdQBReeMHkqPHZE
5ErcBxpOFfdj4Me8QUZmAwAtHePT/INBl+H2l5WQyfpK9u31uWTwgitb6mIFBuwe
sIjBqAW1fG+VL23/TDfe48ctfedAxndeiIgOQMuC/JXrFoOzxn82pO+NafBlrBXM
G4Ra/pPCybhLcg6GVy3BdN9YmFnNcCIf7iL3QFDweK3fqzF99aK0vIqThXZSphiX
6i1LMUc5jL2mKjRfW24oH2IMvaAnZB8BuN+256Di0mgBx+EjqHGMwhcxp5Ib3b2Q
3Ym3HE9VBOd/jjPdrCW3mkSCtJvC77ldNvleaTAUcvT7AgMBAAGjbzBtMB0GA1Ud
DgQWBBTz6CCAD6ZsSQMzK9Wlyqci5EVvszAfBgNVHSMEGDAWgBTz6CCAD6ZsSQMz
K9Wlyqci5EVvszAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9z
dIcEfwAAATANBgkqhkiG9w0BAQsFAAOCAQEAmgr5xJlvt6ttSUDWZPlQogWUElLP
snAHMg4AEemcyzlSj3ZPKuvqL9KHLHYxSQlw14GXi4bubvR6n4+FY1H0cnnLBaOW
X2TVjdKD4Y6aOKEGZLMgKldjFkuaeZRodS0aIuY9aVqjETIcc1SFzKnNElULRdM8
adBEwkBECxF8GN53Qz13tqQeLHvG1VVEzMRXUCm6+FzKsipiNgks9a9kBsBlEtm+
az6BkJT+V4VtLg22MTntCK46QEcx2nvQfyyTYQ/PHbyDMGC9mKu0qEmwu9L/pcoL
hfMuYZYIMi3MU52MJ6pUqmozMn+hcVrmDlzC02sABudnWU+JcvxuVJtz8g==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCodpoy/gct8pTX
gx1FBLxkB9CGaPdQBReeMHkqPHZE5ErcBxpOFfdj4Me8QUZmAwAtHePT/INBl+H2
l5WQyfpK9u31uWTwgitb6mIFBuwesIjBqAW1fG+VL23/TDfe48ctfedAxndeiIgO
QMuC/JXrFoOzxn82pO+NafBlrBXMG4Ra/pPCybhLcg6GVy3BdN9YmFnNcCIf7iL3
QFDweK3fqzF99aK0vIqThXZSphiX6i1LMUc5jL2mKjRfW24oH2IMvaAnZB8BuN+2
56Di0mgBx+EjqHGMwhcxp5Ib3b2Q3Ym3HE9VBOd/jjPdrCW3mkSCtJvC77ldNvle
aTAUcvT7AgMBAAECggEARK9qqmzBP54eyom2Rtwp9XzsK8kjQJh66y/nTu2s6OTN
ks1Aj+LL5YiR1zMkAVaq3TpJGDblyzoiUri2Lfzz1Fm+ZsgKnDbud8Dl6xfJ8K9Y
auDXRwovsntOlV8djn5/SJCDV3kz1TLEik8nysWyWFHrK8K8PmrcEuPFNKcHkhpi
OuFxYrsVPyOWhc62ZueySyohO4SeVUZHo3jh2dB1ee6xvH24JiG5UV0nS5dK5D5Y
yQOgXHrqif642Qvspv6/fVmU3uBbxdAf8Jaz9tp1GNqC2m/n1YbKghpn/WPIWT42
nnr3vGOC+o5ZycuWzpuXWzWltx3Ed077GMvrWi3/3QKBgQDfqC077OhmEddMnq7v
sCp6RFVhx4rPt0FaA2z23bVX8aUbEUjOvMHAiunKm4tryrV0euu/Jjo13aAyxdml
X4AeCrG5eplJCV7yuFo5SYd9WPyv322GuKpsdN79NGvcYs5y+wS4vA8VKZ0rWs6S
yUNw5YVKKg8xvDjivMDT6Cb55QKBgQDA0yVh0R00j6jalLXb/nay3ahJCSF00tn8
wyG2uJ7UoB30yPiHOqDzq5qnWBjExGsO8LK85b1frL47X4vRcgOQ0yTI45xUcpKd
7FGp+lTC4KIwpilB7oPD4z7zJqaPteXRD/SizfygCpiYfiN+HEArMBvnfSVhYw8S
LvLB2gPFXwKBgQC7Pz2/sfRPoBg0mZW0LjUh8BvbpQfeJ3qbNcsAU1YDrtef9bST
AQzlemeJrPfo4ulP/6lne0W42zfHykURYwcMH7/znWS/9Qx9AULoO1sn4lyLke9M
n0ZvTtlx+3ViKYbWVLn7P9cQzKo9JeVUlxPTbRVOpi/aX87wZT67Kt2W0QKBgGEt
yMg8gJCN2laW3fSKkT3h8j8kx+S9ozj9Cs+wyfN04sQMSRy2EonbsWynPIxmRWJZ
Mmt7CW7fe1wm8itTX7Kshvxrocz5lSTcBeg5jmBMn9EO3Poqf+PIcmBO2WDSFom/
ldY7JBdwX6ly4OZczIY3j8ihzKYBK4ZJfPTvsDjXAoGANxTFoxhTQdqix7kvjGLX
W1+ZlDYhaDF1jyaCJT7hR2BSIQDtMhCbKCDIcgSDqtf+jF7IaUK4LH/fPBpAyMXs
W71zF61LYaCtoMYJsusqjv28Df4EL9SqsqF+VJfsEuMlXtknAFYDRM5XCF9C0EZT
52uNYSHCDSxaAjiECVFJZ+Y=
-----END PRIVATE KEY-----
`,
};

const generate = promisify(generateKeyPair);
const made = new Map<string, Promise<KeyPairPem>>();

/** Both halves of a key pair, PEM. */
export type KeyPairPem = { publicKeyPem: string; privateKeyPem: string };

/** The RSA-2048 key pair that everybody of this name has in one process: making one takes longer than most tests. */
export function keyPairOf(username: string): Promise<KeyPairPem> {
  const pair = made.get(username) ?? makeKeyPair();
  made.set(username, pair);
  return pair;
}

async function makeKeyPair(): Promise<KeyPairPem> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 });
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
