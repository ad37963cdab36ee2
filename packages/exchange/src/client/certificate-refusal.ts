const REFUSAL = /^(?:ERR_TLS_)?CERT_|SELF_SIGNED_CERT|^UNABLE_TO_(?:GET|VERIFY|DEC)|^INVALID_CA$|^HOSTNAME_MISMATCH$/;

/** Whether a code that Node gives to a failed request means that the server's certificate is not trusted. */
export const isCertificateRefusal = (code: string): boolean => REFUSAL.test(code);
