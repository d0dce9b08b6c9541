/* holdfast-tables: the verbs and options as one JSON object, for who writes the manual and for
 * tests. It is not installed. */
#include "arguments.h"
#include "output/json.h"

static json_t *options_of(const struct hf_cli_option *option)
{
    json_t *list = json_array();

    for (; option != NULL && option->name != NULL; option++)
        json_array_append_new(list, json_pack("{s:s, s:s?, s:s}", "name", option->name, "argument",
                                              option->argument, "help", option->help));
    return list;
}

static json_t *verb_of(const char *group, const struct hf_command *verb)
{
    return json_pack("{s:s?, s:s, s:s, s:s, s:b, s:o}", "group", group, "name", verb->name, "words",
                     verb->words, "help", verb->help, "hidden", verb->hidden, "options",
                     options_of(verb->options));
}

static void add_verbs(json_t *list, const struct hf_command *command)
{
    if (command->verbs == NULL)
        json_array_append_new(list, verb_of(NULL, command));
    for (size_t i = 0; command->verbs != NULL && command->verbs[i] != NULL; i++)
        json_array_append_new(list, verb_of(command->name, command->verbs[i]));
}

int main(void)
{
    json_t *verbs = json_array();

    for (size_t n = 0; hf_arguments_command(n) != NULL; n++)
        add_verbs(verbs, hf_arguments_command(n));
    hf_json_print(
        json_pack("{s:o, s:o}", "verbs", verbs, "everywhere", options_of(hf_cli_everywhere)));
    return 0;
}
