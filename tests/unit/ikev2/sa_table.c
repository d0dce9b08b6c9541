/* The state table of an IKEv2 SA (ikev2/sa_table.h): as a graph, against tests/golden/ikev2_sa.dot,
 * and walked with every pair. HOLDFAST_UPDATE_GOLDEN=1 writes the graph anew. */
#include "ikev2/sa_table.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#define GRAPH_MAX 8192

static const struct hf_ikev2_rule *rule(int from, int on)
{
    return hf_ikev2_sa_table_find((enum hf_ikev2_state)from, (enum hf_ikev2_input)on);
}

static size_t print_graph(char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "digraph ikev2_sa {\n");

    for (int from = 0; from < HF_IKEV2_STATE_COUNT; from++) {
        for (int on = 0; on < HF_IKEV2_INPUT_COUNT; on++) {
            if (rule(from, on) == NULL)
                continue;
            len += (size_t)snprintf(
                out + len, size - len, "    \"%s\" -> \"%s\" [label=\"%s / %s\"];\n",
                hf_ikev2_sa_table_state_name((enum hf_ikev2_state)from),
                hf_ikev2_sa_table_state_name(rule(from, on)->to),
                hf_ikev2_sa_table_input_name((enum hf_ikev2_input)on), rule(from, on)->action);
            cr_assert_lt(len, size);
        }
    }
    return len + (size_t)snprintf(out + len, size - len, "}\n");
}

Test(sa_table, is_the_graph_that_the_golden_file_shows)
{
    static char graph[GRAPH_MAX], golden[GRAPH_MAX];
    size_t len = print_graph(graph, sizeof graph);
    FILE *file;

    if (getenv("HOLDFAST_UPDATE_GOLDEN") != NULL) {
        file = fopen(TEST_GOLDEN "/ikev2_sa.dot", "w");
        cr_assert_not_null(file);
        cr_assert_eq(fwrite(graph, 1, len, file), len);
        fclose(file);
    }
    file = fopen(TEST_GOLDEN "/ikev2_sa.dot", "r");
    cr_assert_not_null(file);
    cr_expect_eq(fread(golden, 1, sizeof golden - 1, file), len);
    fclose(file);
    cr_expect_str_eq(graph, golden);
}

/* Every state but those of rest can fail and can be left by the user; those of rest take nothing.
 */
Test(sa_table, lets_out_of_every_state_and_into_none_after_the_end)
{
    for (int from = 0; from < HF_IKEV2_STATE_COUNT; from++) {
        bool rest = hf_ikev2_sa_table_is_rest((enum hf_ikev2_state)from);

        cr_expect_eq(rule(from, HF_IKEV2_IN_FAULT) == NULL, rest);
        if (from != HF_IKEV2_CLOSING) /* on its way already */
            cr_expect_eq(rule(from, HF_IKEV2_IN_DISCONNECT) == NULL, rest);
        for (int on = 0; rest && on < HF_IKEV2_INPUT_COUNT; on++)
            cr_expect_null(rule(from, on));
    }
}

/* Invariants 1 and 2: the tunnel is reached through the gateway's proof alone, and EAP goes on only
 * from the state that waits for that proof. */
Test(sa_table, reaches_the_tunnel_through_authentication_alone)
{
    for (int from = 0; from < HF_IKEV2_STATE_COUNT; from++) {
        for (int on = 0; on < HF_IKEV2_INPUT_COUNT; on++) {
            const struct hf_ikev2_rule *found = rule(from, on);

            if (found != NULL && found->to == HF_IKEV2_TUNNEL) {
                cr_expect_eq(on, HF_IKEV2_IN_AUTH_DONE);
                cr_expect(from == HF_IKEV2_AUTH_SENT || from == HF_IKEV2_PROOF_SENT);
            }
            if (found != NULL && found->to == HF_IKEV2_EAP_SENT)
                cr_expect(from == HF_IKEV2_AUTH_SENT || from == HF_IKEV2_EAP_SENT);
            if (found != NULL && found->to == HF_IKEV2_PROOF_SENT)
                cr_expect_eq(from, HF_IKEV2_EAP_SENT);
        }
    }
}
