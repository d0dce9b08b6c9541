/* Proposals: made from the policy, accepted when the gateway chose, chosen from when it proposes
 * (ikev2/policy.h, ikev2/proposal.h). */
#include "ikev2/proposal.h"

#include "support/hex.h"
#include "support/test.h"

#include <string.h>

static struct hf_ikev2_policy default_policy(void)
{
    const struct hf_ikev2_sa_config config = { .level = HF_LEVEL_DEFAULT };
    struct hf_ikev2_policy policy;

    cr_assert_eq(hf_ikev2_policy_init(&config, &policy), HF_OK);
    return policy;
}

static size_t count(const struct hf_ikev2_proposal *proposal, uint8_t type)
{
    size_t n = 0;

    for (size_t i = 0; i < proposal->transform_count; i++)
        n += proposal->transforms[i].type == type;
    return n;
}

/* A gateway's answer: the given transforms out of proposal `number`. */
static struct hf_ikev2_sa_payload reply(uint8_t number, uint8_t protocol, hf_bytes spi,
                                        const struct hf_ikev2_transform *transforms, size_t n)
{
    struct hf_ikev2_sa_payload sa = { .count = 1 };

    sa.proposals[0] =
        (struct hf_ikev2_proposal){ .number = number, .protocol = protocol, .spi = spi };
    sa.proposals[0].transform_count = n;
    memcpy(sa.proposals[0].transforms, transforms, n * sizeof *transforms);
    return sa;
}

static const struct hf_ikev2_transform good_ike[] = {
    {HF_TRANSFORM_ENCR, HF_ENCR_AES_GCM_16,   256},
    { HF_TRANSFORM_PRF, HF_PRF_HMAC_SHA2_384, 0  },
    { HF_TRANSFORM_KE,  HF_KE_ECP_384,        0  },
};

static hf_status accept_ike(const struct hf_ikev2_transform *transforms, size_t n, uint8_t number,
                            struct hf_ikev2_choice *out)
{
    struct hf_ikev2_policy policy = default_policy();
    struct hf_ikev2_sa_payload offered;
    struct hf_ikev2_sa_payload sa = reply(number, HF_PROTOCOL_IKE, (hf_bytes){ 0 }, transforms, n);

    hf_ikev2_proposal_offer_ike(&policy, (hf_bytes){ 0 }, &offered);
    return hf_ikev2_proposal_accept(&offered, &sa, out);
}

Test(proposal, offers_aeads_and_others_apart)
{
    struct hf_ikev2_policy policy = default_policy();
    struct hf_ikev2_sa_payload sa;

    hf_ikev2_proposal_offer_ike(&policy, (hf_bytes){ 0 }, &sa);
    cr_assert_eq(sa.count, 2);
    cr_expect_eq(sa.proposals[0].number, 1);
    cr_expect_eq(sa.proposals[1].number, 2);
    cr_expect_eq(count(&sa.proposals[0], HF_TRANSFORM_INTEG), 0);
    cr_expect_gt(count(&sa.proposals[1], HF_TRANSFORM_INTEG), 0);
    for (size_t i = 0; i < sa.count; i++) {
        cr_expect_gt(count(&sa.proposals[i], HF_TRANSFORM_ENCR), 0);
        cr_expect_gt(count(&sa.proposals[i], HF_TRANSFORM_PRF), 0);
        cr_expect_gt(count(&sa.proposals[i], HF_TRANSFORM_KE), 0);
        cr_expect_eq(count(&sa.proposals[i], HF_TRANSFORM_ESN), 0);
    }
}

Test(proposal, offers_no_key_exchange_inside_ike_auth)
{
    struct hf_ikev2_policy policy = default_policy();
    struct hf_ikev2_sa_payload sa;

    hf_ikev2_proposal_offer_esp(&policy, false, hex("11223344"), &sa);
    for (size_t i = 0; i < sa.count; i++) {
        cr_expect_eq(count(&sa.proposals[i], HF_TRANSFORM_KE), 0);
        cr_expect_eq(count(&sa.proposals[i], HF_TRANSFORM_ESN), 2);
    }
    hf_ikev2_proposal_offer_esp(&policy, true, hex("11223344"), &sa);
    for (size_t i = 0; i < sa.count; i++)
        cr_expect_eq(count(&sa.proposals[i], HF_TRANSFORM_KE), policy.ke.count);
}

Test(policy, puts_the_remembered_group_first)
{
    const struct hf_ikev2_sa_config config = { .first_ke = HF_KE_MODP_3072 };
    struct hf_ikev2_policy policy, plain = default_policy();

    cr_assert_eq(hf_ikev2_policy_init(&config, &policy), HF_OK);
    cr_expect_eq(policy.ke.row[0]->id, HF_KE_MODP_3072);
    cr_expect_eq(policy.ke.count, plain.ke.count);
    cr_expect_eq(policy.ke.row[1], plain.ke.row[0]);
    hf_ikev2_policy_prefer_ke(&policy, 2); /* MODP-1024: not ours, no effect */
    cr_expect_eq(policy.ke.row[0]->id, HF_KE_MODP_3072);
}

Test(policy, of_a_profile_that_leaves_nothing_is_refused)
{
    const struct hf_algorithm *cbc = hf_algorithm_find(HF_TRANSFORM_ENCR, HF_ENCR_AES_CBC, 256);
    const struct hf_algorithm *prf = hf_algorithm_find(HF_TRANSFORM_PRF, HF_PRF_HMAC_SHA2_256, 0);
    const struct hf_ikev2_sa_config config = { .ike_encr = &cbc,
                                               .ike_encr_count = 1,
                                               .ike_integ = &prf, /* not of that type */
                                               .ike_integ_count = 1 };
    struct hf_ikev2_policy policy;

    cr_expect_eq(hf_ikev2_policy_init(&config, &policy), HF_ERR_NO_PROPOSAL);
}

Test(proposal, accepts_one_transform_of_each_type)
{
    struct hf_ikev2_choice choice;

    cr_assert_eq(accept_ike(good_ike, 3, 1, &choice), HF_OK);
    cr_expect_eq(choice.cipher.encr, HF_ENCR_AES_GCM_16);
    cr_expect_eq(choice.cipher.key_bits, 256);
    cr_expect_eq(choice.cipher.integ, HF_INTEG_NONE);
    cr_expect_eq(choice.prf, HF_PRF_HMAC_SHA2_384);
    cr_expect_eq(choice.ke, HF_KE_ECP_384);
}

Test(proposal, refuses_a_choice_without_any_of_the_types)
{
    for (size_t left_out = 0; left_out < 3; left_out++) {
        struct hf_ikev2_transform some[2];
        struct hf_ikev2_choice choice = { .number = 77 };
        size_t n = 0;

        for (size_t i = 0; i < 3; i++) {
            if (i != left_out)
                some[n++] = good_ike[i];
        }
        cr_expect_eq(accept_ike(some, n, 1, &choice), HF_ERR_NO_PROPOSAL);
        cr_expect_eq(choice.number, 77); /* failure leaves out alone */
    }
}

Test(proposal, refuses_what_was_not_offered)
{
    static const struct hf_ikev2_transform bad[] = {
        {HF_TRANSFORM_ENCR,   HF_ENCR_AES_GCM_16,    192},
        { HF_TRANSFORM_ENCR,  HF_ENCR_AES_GCM_16,    0  },
        { HF_TRANSFORM_ENCR,  HF_ENCR_AES_CBC,       256}, /* of the other proposal */
        { HF_TRANSFORM_ENCR,  3,                     0  }, /* 3DES */
        { HF_TRANSFORM_PRF,   2,                     0  }, /* HMAC-SHA-1 */
        { HF_TRANSFORM_KE,    2,                     0  }, /* MODP-1024 */
        { HF_TRANSFORM_KE,    1025,                  0  },
        { HF_TRANSFORM_KE,    HF_KE_NONE,            0  },
        { HF_TRANSFORM_INTEG, HF_INTEG_SHA2_256_128, 0  },
        { HF_TRANSFORM_ESN,   0,                     0  },
        { 6,                  35,                    0  }, /* an additional key exchange */
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++) {
        struct hf_ikev2_transform some[4];
        struct hf_ikev2_choice choice;
        size_t n = 0;

        for (size_t j = 0; j < 3; j++) {
            if (good_ike[j].type != bad[i].type)
                some[n++] = good_ike[j];
        }
        some[n++] = bad[i];
        cr_expect_eq(accept_ike(some, n, 1, &choice), HF_ERR_NO_PROPOSAL, "case %zu", i);
    }
}

Test(proposal, refuses_two_transforms_of_one_type)
{
    struct hf_ikev2_transform some[4] = { good_ike[0], good_ike[1], good_ike[2], good_ike[1] };
    struct hf_ikev2_choice choice;

    cr_expect_eq(accept_ike(some, 4, 1, &choice), HF_ERR_NO_PROPOSAL);
    some[3] = (struct hf_ikev2_transform){ HF_TRANSFORM_PRF, HF_PRF_HMAC_SHA2_256, 0 };
    cr_expect_eq(accept_ike(some, 4, 1, &choice), HF_ERR_NO_PROPOSAL);
}

Test(proposal, refuses_a_number_that_was_not_offered_and_several_proposals)
{
    struct hf_ikev2_choice choice;
    struct hf_ikev2_policy policy = default_policy();
    struct hf_ikev2_sa_payload offered,
        sa = reply(1, HF_PROTOCOL_IKE, (hf_bytes){ 0 }, good_ike, 3);

    cr_expect_eq(accept_ike(good_ike, 3, 0, &choice), HF_ERR_NO_PROPOSAL);
    cr_expect_eq(accept_ike(good_ike, 3, 2, &choice), HF_ERR_NO_PROPOSAL);
    cr_expect_eq(accept_ike(good_ike, 3, 3, &choice), HF_ERR_NO_PROPOSAL);
    hf_ikev2_proposal_offer_ike(&policy, (hf_bytes){ 0 }, &offered);
    sa.count = 2;
    sa.proposals[1] = sa.proposals[0];
    cr_expect_eq(hf_ikev2_proposal_accept(&offered, &sa, &choice), HF_ERR_NO_PROPOSAL);
    sa.count = 0;
    cr_expect_eq(hf_ikev2_proposal_accept(&offered, &sa, &choice), HF_ERR_NO_PROPOSAL);
}

Test(proposal, takes_a_needless_key_length_of_a_cipher_that_has_one_only)
{
    struct hf_ikev2_transform some[3] = {
        {HF_TRANSFORM_ENCR, HF_ENCR_CHACHA20_POLY1305, 256},
        good_ike[1], good_ike[2]
    };
    struct hf_ikev2_choice choice;

    cr_assert_eq(accept_ike(some, 3, 1, &choice), HF_OK);
    cr_expect_eq(choice.cipher.key_bits, 0);
    some[0].key_bits = 128;
    cr_expect_eq(accept_ike(some, 3, 1, &choice), HF_ERR_NO_PROPOSAL);
}

Test(proposal, wants_pfs_back_unless_the_policy_lets_it_go)
{
    static const struct hf_ikev2_transform without_ke[] = {
        {HF_TRANSFORM_ENCR, HF_ENCR_AES_GCM_16, 256},
        { HF_TRANSFORM_ESN, 0,                  0  }
    };
    struct hf_ikev2_policy policy = default_policy();
    struct hf_ikev2_sa_payload offered,
        sa = reply(1, HF_PROTOCOL_ESP, hex("11223344"), without_ke, 2);
    struct hf_ikev2_choice choice;

    hf_ikev2_proposal_offer_esp(&policy, true, hex("aabbccdd"), &offered);
    cr_expect_eq(hf_ikev2_proposal_accept(&offered, &sa, &choice), HF_ERR_NO_PROPOSAL);
    policy.allow_child_without_pfs = true;
    hf_ikev2_proposal_offer_esp(&policy, true, hex("aabbccdd"), &offered);
    cr_assert_eq(hf_ikev2_proposal_accept(&offered, &sa, &choice), HF_OK);
    cr_expect_eq(choice.ke, HF_KE_NONE);
    cr_expect(hf_bytes_equal(choice.spi, hex("11223344")));
}

static hf_status choose(const struct hf_ikev2_policy *policy, uint16_t ke_sent,
                        const struct hf_ikev2_transform *transforms, size_t n,
                        struct hf_ikev2_choice *out)
{
    struct hf_ikev2_sa_payload sa = reply(5, HF_PROTOCOL_ESP, hex("11223344"), transforms, n);

    return hf_ikev2_proposal_choose(policy, HF_PROTOCOL_ESP, ke_sent, &sa, out);
}

Test(proposal, chooses_in_our_order_and_keeps_the_group_that_was_sent)
{
    static const struct hf_ikev2_transform theirs[] = {
        {HF_TRANSFORM_ENCR,  HF_ENCR_AES_GCM_16, 128},
        { HF_TRANSFORM_ENCR, HF_ENCR_AES_GCM_16, 256},
        { HF_TRANSFORM_KE,   HF_KE_MODP_2048,    0  },
        { HF_TRANSFORM_KE,   HF_KE_X25519,       0  },
        { HF_TRANSFORM_ESN,  0,                  0  },
        { HF_TRANSFORM_ESN,  1,                  0  },
    };
    struct hf_ikev2_policy policy = default_policy();
    struct hf_ikev2_choice choice;

    cr_assert_eq(choose(&policy, HF_KE_MODP_2048, theirs, 6, &choice), HF_OK);
    cr_expect_eq(choice.number, 5);
    cr_expect_eq(choice.cipher.key_bits, 256);
    cr_expect_eq(choice.ke, HF_KE_MODP_2048);
    cr_expect(choice.esn);
    cr_assert_eq(choose(&policy, 2, theirs, 6, &choice), HF_OK); /* MODP-1024: not ours */
    cr_expect_eq(choice.ke, HF_KE_X25519);
}

Test(proposal, chooses_none_that_has_something_unknown_or_lacks_something)
{
    static const struct hf_ikev2_transform complete[] = {
        {HF_TRANSFORM_ENCR, HF_ENCR_AES_GCM_16, 256},
        { HF_TRANSFORM_KE,  HF_KE_X25519,       0  },
        { HF_TRANSFORM_ESN, 0,                  0  },
        { 6,                35,                 0  }, /* a type that we do not know */
    };
    struct hf_ikev2_policy policy = default_policy();
    struct hf_ikev2_choice choice;

    cr_expect_eq(choose(&policy, HF_KE_X25519, complete, 3, &choice), HF_OK);
    cr_expect_eq(choose(&policy, HF_KE_X25519, complete, 4, &choice), HF_ERR_NO_PROPOSAL);
    for (size_t left_out = 0; left_out < 3; left_out++) {
        struct hf_ikev2_transform some[2];
        size_t n = 0;

        for (size_t i = 0; i < 3; i++) {
            if (i != left_out)
                some[n++] = complete[i];
        }
        cr_expect_eq(choose(&policy, HF_KE_X25519, some, 2, &choice), HF_ERR_NO_PROPOSAL);
    }
}

Test(proposal, without_a_key_exchange_is_chosen_only_where_allowed)
{
    static const struct hf_ikev2_transform theirs[] = {
        {HF_TRANSFORM_ENCR, HF_ENCR_AES_GCM_16, 256},
        { HF_TRANSFORM_ESN, 0,                  0  }
    };
    struct hf_ikev2_policy policy = default_policy();
    struct hf_ikev2_choice choice;

    cr_expect_eq(choose(&policy, HF_KE_NONE, theirs, 2, &choice), HF_ERR_NO_PROPOSAL);
    policy.allow_child_without_pfs = true;
    cr_assert_eq(choose(&policy, HF_KE_NONE, theirs, 2, &choice), HF_OK);
    cr_expect_eq(choice.ke, HF_KE_NONE);
}

Test(proposal, an_answer_is_what_the_other_side_would_accept)
{
    static const struct hf_ikev2_transform theirs[] = {
        {HF_TRANSFORM_ENCR,   HF_ENCR_AES_CBC,       128},
        { HF_TRANSFORM_INTEG, HF_INTEG_SHA2_512_256, 0  },
        { HF_TRANSFORM_KE,    HF_KE_ECP_256,         0  },
        { HF_TRANSFORM_ESN,   1,                     0  },
    };
    struct hf_ikev2_sa_payload offered =
        reply(3, HF_PROTOCOL_ESP, hex("11223344"), theirs, HF_ARRAY_LEN(theirs));
    struct hf_ikev2_sa_payload answer;
    struct hf_ikev2_policy policy = default_policy();
    struct hf_ikev2_choice choice, accepted;
    char text[96];

    cr_assert_eq(
        hf_ikev2_proposal_choose(&policy, HF_PROTOCOL_ESP, HF_KE_ECP_256, &offered, &choice),
        HF_OK);
    hf_ikev2_proposal_answer(&choice, hex("aabbccdd"), &answer);
    cr_assert_eq(hf_ikev2_proposal_accept(&offered, &answer, &accepted), HF_OK);
    hf_ikev2_proposal_describe(&accepted, text, sizeof text);
    cr_expect_str_eq(text, "aes128-sha512-ecp256-esn");
}
