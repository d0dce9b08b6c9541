/* Tests of the attempt's table (conn/attempt_rules.def): as a graph, against
 * tests/golden/attempt.dot. HOLDFAST_UPDATE_GOLDEN=1 writes the graph anew. */
#include "conn/attempt_rules.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

Test(attempt_table, has_one_rule_for_a_pair_at_most)
{
    size_t count;
    const struct hf_attempt_rule *rules = hf_attempt_rules(&count);

    for (size_t i = 0; i < count; i++)
        cr_expect_eq(hf_attempt_rule_find(rules[i].from, rules[i].on), &rules[i], "%s on %s",
                     hf_conn_state_name(rules[i].from), hf_attempt_input_name(rules[i].on));
}

static bool is_last(enum hf_conn_state state)
{
    return state == HF_CONN_DISCONNECTED || state == HF_CONN_FAILED;
}

Test(attempt_table, every_state_on_the_way_can_be_left_by_us_and_by_a_failure)
{
    size_t count;
    const struct hf_attempt_rule *rules = hf_attempt_rules(&count);

    for (size_t i = 0; i < count; i++) {
        enum hf_conn_state state = rules[i].to;

        if (is_last(state))
            continue;
        cr_expect_not_null(hf_attempt_rule_find(state, HF_ATTEMPT_IN_FAILED));
        if (state != HF_CONN_DISCONNECTING)
            cr_expect_not_null(hf_attempt_rule_find(state, HF_ATTEMPT_IN_DISCONNECT));
    }
}

/* Invariant 1: there is one way to `connected` from outside, and it goes through a plan that only a
 * verified gateway gets. */
Test(attempt_table, connected_is_entered_from_an_installed_plan_alone)
{
    size_t count;
    const struct hf_attempt_rule *rules = hf_attempt_rules(&count);

    for (size_t i = 0; i < count; i++) {
        if (rules[i].to == HF_CONN_CONNECTED)
            cr_expect(rules[i].from == HF_CONN_INSTALLING || rules[i].from == HF_CONN_PATH_LOST);
        if (rules[i].to == HF_CONN_INSTALLING)
            cr_expect_eq(rules[i].on, HF_ATTEMPT_IN_CHILD);
        if (rules[i].to == HF_CONN_PATH_LOST)
            cr_expect_eq(rules[i].from, HF_CONN_CONNECTED);
    }
}

Test(attempt_table, every_end_is_told)
{
    size_t count;
    const struct hf_attempt_rule *rules = hf_attempt_rules(&count);

    for (size_t i = 0; i < count; i++)
        cr_expect_eq(is_last(rules[i].to), rules[i].effect == HF_ATTEMPT_DO_FINISH);
}

static size_t print_graph(char *out, size_t size)
{
    size_t count, len = 0;
    const struct hf_attempt_rule *rules = hf_attempt_rules(&count);

    len += (size_t)snprintf(out + len, size - len, "digraph attempt {\n");
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(out + len, size - len, "    \"%s\" -> \"%s\" [label=\"%s\"];\n",
                                hf_conn_state_name(rules[i].from), hf_conn_state_name(rules[i].to),
                                hf_attempt_input_name(rules[i].on));
    len += (size_t)snprintf(out + len, size - len, "}\n");
    cr_assert_lt(len, size);
    return len;
}

Test(attempt_table, is_the_graph_that_the_golden_file_shows)
{
    static char graph[8192], golden[8192];
    size_t len = print_graph(graph, sizeof graph);
    FILE *file;

    if (getenv("HOLDFAST_UPDATE_GOLDEN") != NULL) {
        file = fopen(TEST_GOLDEN "/attempt.dot", "w");
        cr_assert_not_null(file);
        cr_assert_eq(fwrite(graph, 1, len, file), len);
        fclose(file);
    }
    file = fopen(TEST_GOLDEN "/attempt.dot", "r");
    cr_assert_not_null(file);
    cr_expect_eq(fread(golden, 1, sizeof golden - 1, file), len);
    fclose(file);
    cr_expect_str_eq(graph, golden);
}
