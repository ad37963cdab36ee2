/** The certificate of the local CA (PEM, without its key), among the files of TLS. */
export const CA_NAME = 'ca.pem';

/** Its path inside the data directory. */
export const CA_FILE = `tls/${CA_NAME}`;
