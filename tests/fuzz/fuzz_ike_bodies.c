/* See fuzz_ike_bodies.h. Of each body that decodes: what it lends lies within it, no loop took more
 * steps than the body has room for, and what is encoded from it decodes to the same again. */
#include "fuzz_ike_bodies.h"

#include "fuzz.h"

#include <string.h>

#define ENCODED_MAX ((size_t)1 << 17)

static uint8_t storages[2][ENCODED_MAX];

static void expect_within(hf_bytes part, hf_bytes whole)
{
    FUZZ_EXPECT(part.len == 0 || (part.data >= whole.data && part.len <= whole.len &&
                                  (size_t)(part.data - whole.data) <= whole.len - part.len));
}

static hf_bytes finish(const hf_writer *w)
{
    hf_bytes encoded = { 0 };

    FUZZ_EXPECT(hf_writer_finish(w, &encoded));
    return encoded;
}

/* Encodes `value`, decodes that to `again`, encodes once more: both encodings are the same. */
#define EXPECT_SETTLES(name, value, again)                                                         \
    do {                                                                                           \
        hf_writer once = hf_writer_of(storages[0], ENCODED_MAX);                                   \
        hf_writer twice = hf_writer_of(storages[1], ENCODED_MAX);                                  \
        hf_ikev2_##name##_encode(&once, (value));                                                  \
        FUZZ_EXPECT(hf_ikev2_##name##_decode(finish(&once), (again)) == HF_OK);                    \
        hf_ikev2_##name##_encode(&twice, (again));                                                 \
        FUZZ_EXPECT(hf_bytes_equal(finish(&once), finish(&twice)));                                \
    } while (0)

static void try_sa(hf_bytes body)
{
    static struct hf_ikev2_sa_payload sa, again;
    size_t least = 0;

    if (hf_ikev2_sa_decode(body, &sa) != HF_OK)
        return;
    FUZZ_EXPECT(sa.count != 0 && sa.count <= HF_PROPOSALS_MAX);
    for (size_t i = 0; i < sa.count; i++) {
        expect_within(sa.proposals[i].spi, body);
        FUZZ_EXPECT(sa.proposals[i].transform_count <= HF_TRANSFORMS_MAX);
        least += 8 + sa.proposals[i].spi.len + 8 * sa.proposals[i].transform_count;
    }
    FUZZ_EXPECT(least <= body.len);
    EXPECT_SETTLES(sa, &sa, &again);
}

static void try_ke(hf_bytes body)
{
    struct hf_ikev2_ke ke, again;

    if (hf_ikev2_ke_decode(body, &ke) != HF_OK)
        return;
    FUZZ_EXPECT(ke.data.len != 0);
    expect_within(ke.data, body);
    EXPECT_SETTLES(ke, &ke, &again);
}

static void try_id(hf_bytes body)
{
    hf_identity id, again;

    if (hf_ikev2_id_decode(body, &id) != HF_OK)
        return;
    FUZZ_EXPECT(id.len != 0 && id.len <= HF_IDENTITY_MAX && id.len + 4 == body.len);
    EXPECT_SETTLES(id, &id, &again);
    FUZZ_EXPECT(hf_identity_equal(&id, &again));
}

static void try_cert(hf_bytes body)
{
    struct hf_ikev2_cert cert, again;

    if (hf_ikev2_cert_decode(body, &cert) != HF_OK)
        return;
    expect_within(cert.data, body);
    EXPECT_SETTLES(cert, &cert, &again);
}

static void try_auth(hf_bytes body)
{
    struct hf_ikev2_auth auth, again;

    if (hf_ikev2_auth_decode(body, &auth) != HF_OK)
        return;
    FUZZ_EXPECT(auth.data.len != 0);
    expect_within(auth.data, body);
    EXPECT_SETTLES(auth, &auth, &again);
}

static void try_nonce(hf_bytes body)
{
    hf_bytes nonce;

    if (hf_ikev2_nonce_decode(body, &nonce) != HF_OK)
        return;
    FUZZ_EXPECT(nonce.len >= 16 && nonce.len <= 256);
    expect_within(nonce, body);
}

static void try_notify(hf_bytes body)
{
    struct hf_ikev2_notify notify, again;

    if (hf_ikev2_notify_decode(body, &notify) != HF_OK)
        return;
    expect_within(notify.spi, body);
    expect_within(notify.data, body);
    FUZZ_EXPECT(4 + notify.spi.len + notify.data.len == body.len);
    EXPECT_SETTLES(notify, &notify, &again);
}

static void try_delete(hf_bytes body)
{
    struct hf_ikev2_delete del, again;

    if (hf_ikev2_delete_decode(body, &del) != HF_OK)
        return;
    FUZZ_EXPECT(del.count <= HF_DELETE_MAX && 4 + 4 * del.count == body.len);
    EXPECT_SETTLES(delete, &del, &again);
}

static void try_ts(hf_bytes body)
{
    static struct hf_ikev2_ts ts, again;

    if (hf_ikev2_ts_decode(body, &ts) != HF_OK)
        return;
    FUZZ_EXPECT(ts.count != 0 && ts.count <= HF_SELECTORS_MAX && 4 + 16 * ts.count <= body.len);
    for (size_t i = 0; i < ts.count; i++)
        FUZZ_EXPECT(hf_address_compare(&ts.selectors[i].first, &ts.selectors[i].last) <= 0 &&
                    ts.selectors[i].first.family == ts.selectors[i].last.family);
    EXPECT_SETTLES(ts, &ts, &again);
}

static void try_config(hf_bytes body)
{
    static struct hf_ikev2_config config, again;
    size_t len = 4;

    if (hf_ikev2_config_decode(body, &config) != HF_OK)
        return;
    FUZZ_EXPECT(config.count <= HF_CONFIG_MAX);
    for (size_t i = 0; i < config.count; i++) {
        expect_within(config.attributes[i].value, body);
        FUZZ_EXPECT(config.attributes[i].type < 0x8000);
        len += 4 + config.attributes[i].value.len;
    }
    FUZZ_EXPECT(len == body.len);
    EXPECT_SETTLES(config, &config, &again);
}

static const struct {
    uint8_t type;
    void (*try)(hf_bytes body);
} decoders[] = {
    {HF_PAYLOAD_SA,       try_sa    },
    { HF_PAYLOAD_KE,      try_ke    },
    { HF_PAYLOAD_IDI,     try_id    },
    { HF_PAYLOAD_IDR,     try_id    },
    { HF_PAYLOAD_CERT,    try_cert  },
    { HF_PAYLOAD_CERTREQ, try_cert  },
    { HF_PAYLOAD_AUTH,    try_auth  },
    { HF_PAYLOAD_NONCE,   try_nonce },
    { HF_PAYLOAD_NOTIFY,  try_notify},
    { HF_PAYLOAD_DELETE,  try_delete},
    { HF_PAYLOAD_TSI,     try_ts    },
    { HF_PAYLOAD_TSR,     try_ts    },
    { HF_PAYLOAD_CP,      try_config},
};

void fuzz_ike_body_as_all(hf_bytes body)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(decoders); i++)
        decoders[i].try(body);
}

static void try_payload(const struct hf_ikev2_raw_payload *payload)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(decoders); i++) {
        if (decoders[i].type == payload->type)
            decoders[i].try(payload->body);
    }
}

static void try_searches(const struct hf_ikev2_chain *chain)
{
    struct hf_ikev2_notify notify;

    for (size_t i = 0; i < chain->count; i++)
        FUZZ_EXPECT(hf_ikev2_chain_find(chain, chain->payloads[i].type, 0) != NULL);
    if (hf_ikev2_chain_error(chain, &notify))
        FUZZ_EXPECT(notify.type < HF_NOTIFY_FIRST_STATUS &&
                    hf_ikev2_chain_notify(chain, notify.type, &notify));
    (void)hf_ikev2_chain_is_allowed(chain, false);
    (void)hf_ikev2_chain_is_allowed(chain, true);
}

void fuzz_ike_chain(uint8_t first, hf_bytes bytes)
{
    static struct hf_ikev2_chain chain;
    uint8_t unsupported;
    size_t len = 0;

    if (hf_ikev2_chain_decode(first, bytes, &chain, &unsupported) != HF_OK)
        return;
    FUZZ_EXPECT(chain.count <= HF_IKEV2_PAYLOADS_MAX);
    for (size_t i = 0; i < chain.count; i++) {
        expect_within(chain.payloads[i].body, bytes);
        len += 4 + chain.payloads[i].body.len;
        try_payload(&chain.payloads[i]);
    }
    FUZZ_EXPECT(len == bytes.len); /* every step consumed, and nothing is left */
    try_searches(&chain);
}
