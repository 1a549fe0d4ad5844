/*
 * sasl_key: the secret by which salts for unknown names are made up. Between sasl*.c only.
 */
#ifndef LIB_SASL_KEY_H
#define LIB_SASL_KEY_H

#include "sha256.h"

/* HMAC of the name under the key of sasl_ready(). */
void sasl_key_mac(const char *name, unsigned char mac[SHA256_SIZE]);

#endif
