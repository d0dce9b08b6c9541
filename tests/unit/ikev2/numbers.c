/* Names of numbers. */
#include "ikev2/numbers.h"

#include "support/test.h"

Test(numbers, notifies_have_their_names)
{
    cr_expect_str_eq(hf_ikev2_notify_name(14), "NO_PROPOSAL_CHOSEN");
    cr_expect_str_eq(hf_ikev2_notify_name(16384), "INITIAL_CONTACT");
    cr_expect_str_eq(hf_ikev2_notify_name(16431), "SIGNATURE_HASH_ALGORITHMS");
    cr_expect_null(hf_ikev2_notify_name(0));
    cr_expect_null(hf_ikev2_notify_name(40960));
    cr_expect_null(hf_ikev2_notify_name(65535));
}

Test(numbers, exchanges_have_their_names)
{
    cr_expect_str_eq(hf_ikev2_exchange_name(34), "IKE_SA_INIT");
    cr_expect_str_eq(hf_ikev2_exchange_name(37), "INFORMATIONAL");
    cr_expect_null(hf_ikev2_exchange_name(33));
}
