/* Certificates, keys and shared secrets of strongSwan's connections: for road.c alone. */
#ifndef HF_PROFILE_ROAD_SECRETS_H
#define HF_PROFILE_ROAD_SECRETS_H

#include "profile/road.h"

/* The client's certificates, and certificates of the gateway, which vouch for themselves. */
hf_status hf_road_take_certificates(struct hf_walk *w, const struct hf_road *road) HF_MUST_USE;
/* After the identities are known: the password, the PSK, the PPK and the key that are for them. */
hf_status hf_road_take_secrets(struct hf_walk *w, const struct hf_road *road) HF_MUST_USE;

#endif
