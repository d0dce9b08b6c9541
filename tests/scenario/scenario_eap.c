/* EAP inside IKE_AUTH: the gateway proves itself first, then we do (RFC 7296, section 2.16). */
#include "scenario/sim.h"

#include "support/test.h"

#include <string.h>

static struct hf_ikev2_summary summary_of(const struct sim *sim)
{
    struct hf_ikev2_summary summary;

    hf_ikev2_sa_summary(sim->sa, &summary);
    return summary;
}

static struct sim *expect_fault(struct sim *sim, hf_status status)
{
    sim_connect(sim);
    cr_expect(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(60)));
    sim_advance(sim, HF_SECONDS(5));
    cr_expect_str_eq(hf_status_code(sim->fault.status), hf_status_code(status));
    cr_expect_eq(sim->fault.stage, HF_STAGE_AUTHENTICATION);
    cr_expect_eq(sim->events[HF_IKEV2_ESTABLISHED], 0);
    return sim;
}

Test(eap, tls_of_both_versions_with_and_without_identity)
{
    for (int version = 12; version <= 13; version++) {
        for (int identity = 0; identity < 2; identity++) {
            struct sim *sim = sim_new(SEED(1), HF_IKEV2_AUTH_EAP);

            sim->gateway_config.tls_version = version;
            sim->gateway_config.request_eap_identity = identity == 1;
            sim_establish(sim);
            cr_expect_str_eq(summary_of(sim).authentication,
                             version == 12 ? "eap-tls (tls1.2)" : "eap-tls (tls1.3)");
            sim_free(sim);
        }
    }
}

Test(eap, tls_in_small_fragments_of_both_layers)
{
    struct sim *sim = sim_new(SEED(2), HF_IKEV2_AUTH_EAP);

    sim->client.max_datagram = sim->gateway_config.max_datagram = 548;
    sim->client.eap.fragment_size = 300;
    sim->pki_options.gateway_key = sim->pki_options.client_key = PKI_RSA_2048;
    sim->pki_options.gateway_through_intermediate = true;
    sim_establish(sim);
    sim_free(sim);
}

Test(eap, goes_on_to_rekeys_like_any_other)
{
    struct sim *sim = sim_new(SEED(3), HF_IKEV2_AUTH_EAP);

    sim_establish(sim);
    hf_ikev2_sa_rekey_ike(sim->sa, sim->now);
    cr_expect(sim_run_until(sim, HF_IKEV2_IKE_REKEYED, HF_SECONDS(1)));
    hf_ikev2_sa_rekey_child(sim->sa, sim->now);
    cr_expect(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(5)));
    sim_free(sim);
}

/* Rule A1: not even an identity for a gateway that did not prove itself. The invariant of the
 * simulator checks the same at every step of every story. */
Test(eap, nothing_leaves_before_the_gateway_is_verified)
{
    static const struct {
        struct sim_impair impair;
        struct sim_pki_options pki;
        hf_status status;
    } cases[] = {
        {.impair = { .eap_before_auth = true },              .status = HF_ERR_PEER_AUTH     },
        { .impair = { .wrong_auth = true },                  .status = HF_ERR_PEER_AUTH     },
        { .impair = { .wrong_identity = true },              .status = HF_ERR_PEER_IDENTITY },
        { .impair = { .withhold_in_auth = HF_PAYLOAD_CERT }, .status = HF_ERR_PEER_AUTH     },
        { .pki = { .gateway_expired = true },                .status = HF_ERR_CERT_EXPIRED  },
        { .pki = { .gateway_from_other_ca = true },          .status = HF_ERR_CERT_UNTRUSTED},
        { .pki = { .gateway_name = "vpn.example.org" },      .status = HF_ERR_PEER_IDENTITY },
        { .pki = { .gateway_purpose = "clientAuth" },        .status = HF_ERR_CERT_PURPOSE  },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct sim *sim = sim_new(SEED(10) + i, HF_IKEV2_AUTH_EAP);

        sim->impostor = true;
        sim->gateway_config.impair = cases[i].impair;
        sim->pki_options = cases[i].pki;
        expect_fault(sim, cases[i].status);
        cr_expect_eq(sim_gateway_stats(sim->gateway)->eap_responses, 0);
        sim_free(sim);
    }
}

Test(eap, failure_of_the_gateway)
{
    struct sim *sim = sim_new(SEED(20), HF_IKEV2_AUTH_EAP);

    sim->gateway_config.impair.eap_failure = true;
    sim_free(expect_fault(sim, HF_ERR_EAP_REJECTED));
}

Test(eap, client_certificate_that_the_gateway_does_not_trust)
{
    for (int version = 12; version <= 13; version++) {
        struct sim *sim = sim_new(SEED(21), HF_IKEV2_AUTH_EAP);

        sim->gateway_config.tls_version = version;
        sim->pki_options.client_from_other_ca = true;
        sim_free(expect_fault(sim, HF_ERR_EAP_REJECTED));
    }
}

Test(eap, success_out_of_turn) /* CVE-2021-45079 */
{
    struct sim *sim = sim_new(SEED(22), HF_IKEV2_AUTH_EAP);

    sim->gateway_config.impair.early_success = true;
    sim_free(expect_fault(sim, HF_ERR_PEER_AUTH));
}

Test(eap, another_method_than_the_profiles)
{
    struct sim *sim = sim_new(SEED(23), HF_IKEV2_AUTH_EAP);

    sim->gateway_config.impair.other_method = true;
    sim_free(expect_fault(sim, HF_ERR_EAP_METHOD));
}

Test(eap, gateway_that_cannot_prove_the_common_key)
{
    struct sim *sim = sim_new(SEED(24), HF_IKEV2_AUTH_EAP);

    sim->gateway_config.impair.wrong_final_auth = true;
    sim_free(expect_fault(sim, HF_ERR_PEER_AUTH));
}

static void add_eap(void *context, uint8_t exchange, struct hf_ikev2_chain_writer *chain)
{
    static const uint8_t identity_request[] = { 1, 1, 0, 5, 1 };

    (void)context;
    if (exchange == HF_IKE_AUTH)
        hf_ikev2_chain_add(chain, HF_PAYLOAD_EAP, HF_BYTES_OF(identity_request));
}

Test(eap, demanded_of_a_profile_without_it)
{
    struct sim *sim = sim_new(SEED(25), HF_IKEV2_AUTH_CERTIFICATE);

    sim->gateway_config.impair.before_seal = add_eap;
    expect_fault(sim, HF_ERR_UNEXPECTED);
    cr_expect_str_eq(sim->fault.received, "a demand for EAP");
    cr_expect_eq(sim_gateway_stats(sim->gateway)->eap_responses, 0);
    sim_free(sim);
}

/* The name in the certificate of the TLS server is checked like that of the gateway. */
Test(eap, tls_server_that_is_somebody_else)
{
    struct sim *sim = sim_new(SEED(26), HF_IKEV2_AUTH_EAP);

    cr_assert(hf_identity_parse(hf_bytes_of_string("radius.example.com"),
                                &sim->client.eap.tls.policy.identity));
    sim_connect(sim);
    cr_expect(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(60)));
    cr_expect_eq(sim->fault.status, HF_ERR_PEER_IDENTITY);
    cr_expect_eq(sim->events[HF_IKEV2_PEER_VERIFIED], 1); /* the IKE part was right */
    sim_free(sim);
}
