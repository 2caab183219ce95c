// SPDX-License-Identifier: BSD-2-Clause
// ARINC 653 P1-2: the tables of connections and of health monitoring.
#include "import/arinc_p1_2.h"

#include <string.h>

// ---- Channels -----------------------------------------------------------------------------------

// CHAN-011: what is outside of the module has an address or a procedure.
static void read_pseudo(struct p1_2 *r, const struct node *n)
{
    static const struct word_row attributes[] = {{"Name", .required = false},
                                                 {"PhysicalAddress", .required = false},
                                                 {"Procedure", .required = false},
                                                 {0}};
    struct importer *i = r->i;

    import_vocabulary(i, n, attributes, NULL);
    import_number(i, n, "PhysicalAddress");
    if (!import_attribute(n, "PhysicalAddress") && !import_attribute(n, "Procedure")) {
        struct diag *f = diag_report(i->diags, RULE_CHAN_011, n->mark,
                                     "nothing says how the pseudo partition is reached");
        diag_help(i->diags, f, "add PhysicalAddress or Procedure: a driver has to know");
    }
    import_remark(i, n->mark, "Pseudo_Partition '%s'",
                  import_attribute(n, "Name") ? import_attribute(n, "Name")->text : "");
}

// The end of a channel; false when it is outside of the module.
static bool read_end(struct p1_2 *r, const struct node *n, struct endpoint *e)
{
    static const struct word_row children[] = {
        {"Standard_Partition", .required = false}, {"Pseudo_Partition", .required = false}, {0}};
    static const struct word_row standard[] = {{"PartitionIdentifier", .required = true},
                                               {"PartitionName", .required = false},
                                               {"PortName", .required = true},
                                               {"PhysicalAddress", .ignored = true},
                                               {0}};
    struct importer *i = r->i;
    const struct node *inside = import_child(n, "Standard_Partition", NULL);
    const struct node *outside = import_child(n, "Pseudo_Partition", NULL);
    struct mark at;

    import_vocabulary(i, n, NULL, children);
    if (inside) {
        import_vocabulary(i, inside, standard, NULL);
        struct partition *p = arinc_partition_of(&r->index, inside, RULE_CHAN_005, &at);
        *e = import_endpoint(i, arinc_name(&r->index, inside, p, at),
                             import_word(i, inside, "PortName"));
    }
    if (outside)
        read_pseudo(r, outside);
    if (inside && outside) {
        // SYN-007: no two alternatives for one thing.
        struct diag *f = diag_report(i->diags, RULE_SYN_007, outside->mark,
                                     "an end of a channel is inside or outside of the module");
        diag_note(i->diags, f, inside->mark, "here it is inside");
        diag_help(i->diags, f, "keep one of the two");
    } else if (!inside && !outside) {
        struct diag *f =
            diag_report(i->diags, RULE_CHAN_005, n->mark, "%s names no port", import_title(i, n));
        diag_help(i->diags, f, "add Standard_Partition or Pseudo_Partition to it");
        i->model->misread = true;
    }
    return inside || !outside;
}

// CHAN-001: identifiers of channels are unique. False when there is none, or another has it.
static bool check_channel_id(struct p1_2 *r, struct word id)
{
    size_t first;

    if (!id.text)
        return false;
    bool again = names_find(&r->channels, id.text, strlen(id.text), &first);
    if (again) {
        struct diag *f = diag_report(r->i->diags, RULE_CHAN_001, id.at,
                                     "two channels have the identifier %s", id.text);
        diag_note(r->i->diags, f, r->channel_marks.items[first], "the first is here");
        diag_help(r->i->diags, f, "give one of them another number");
    }
    names_add(&r->channels, id.text, r->channel_marks.count);
    *list_add(r->i->arena, &r->channel_marks) = id.at;
    return !again;
}

static void read_channel(struct p1_2 *r, const struct node *n)
{
    static const struct word_row attributes[] = {
        {"ChannelIdentifier", .required = true}, {"ChannelName", .required = false}, {0}};
    static const struct word_row children[] = {{"Source", .required = true, .repeated = true},
                                               {"Destination", .required = true, .repeated = true},
                                               {0}};
    struct importer *i = r->i;
    struct channel *c = import_channel(i, n);
    struct word id = arinc_identifier(i, n, "ChannelIdentifier");
    bool outside = false;

    import_vocabulary(i, n, attributes, children);
    bool unique = check_channel_id(r, id);
    c->name = import_word(i, n, "ChannelName");
    if (!c->name.text && unique)
        c->name = (struct word){arena_printf(i->arena, "channel_%s", id.text), id.at};
    EACH_CHILD(s, n, "Source") {
        struct endpoint e = {0};
        if (read_end(r, s, &e))
            *list_add(i->arena, &c->from) = e;
        else
            outside = true;
    }
    EACH_CHILD(d, n, "Destination") {
        struct endpoint e = {0};
        if (read_end(r, d, &e))
            *list_add(i->arena, &c->to) = e;
        else
            outside = true;
    }
    arinc_finish_channel(&r->index, c);
    if (outside && (!c->from.count || !c->to.count))
        arinc_leave_open(&r->index, c);
}

void p1_2_connections(struct p1_2 *r, const struct node *n)
{
    static const struct word_row children[] = {{"Channel", .repeated = true}, {0}};

    import_vocabulary(r->i, n, NULL, children);
    EACH_CHILD(c, n, "Channel")
        read_channel(r, c);
}

// ---- Health monitoring --------------------------------------------------------------------------

// The rows of one state in a table.
static void read_state(struct p1_2 *r, const struct node *n, struct hm_table *t)
{
    static const struct word_row attributes[] = {
        {"SystemState", .required = true}, {"Description", .required = false}, {0}};
    static const struct word_row levels[] = {{"Error_ID_Level", .required = true, .repeated = true},
                                             {0}};
    static const struct word_row actions[] = {
        {"Error_ID_Action", .required = true, .repeated = true}, {0}};
    static const struct word_row level[] = {{"ErrorIdentifier", .required = true},
                                            {"Description", .required = false},
                                            {"ErrorLevel", .required = true},
                                            {"ErrorCode", .required = false},
                                            {0}};
    static const struct word_row action[] = {{"ErrorIdentifier", .required = true},
                                             {"Description", .required = false},
                                             {"Action", .required = true},
                                             {0}};
    struct importer *i = r->i;
    bool system = t->kind == HM_TABLE_SYSTEM;
    struct word state = arinc_identifier(i, n, "SystemState");

    import_vocabulary(i, n, attributes, system ? levels : actions);
    if (system || !r->errors_defined)
        arinc_define_state(i, &r->states, state, import_word(i, n, "Description"), n->mark);
    EACH_CHILD(c, n, system ? "Error_ID_Level" : "Error_ID_Action") {
        struct hm_entry *e = list_add(i->arena, &t->entries);
        import_vocabulary(i, c, system ? level : action, NULL);
        e->mark = c->mark;
        e->state_name = state;
        e->error_name = arinc_identifier(i, c, "ErrorIdentifier");
        e->code = HM_CODE_NONE;
        if (system || !r->errors_defined)
            arinc_define_error(i, &r->errors, e->error_name, import_number(i, c, "ErrorIdentifier"),
                               c->mark);
        if (system) {
            arinc_level(i, c, "ErrorLevel", e);
            arinc_code(i, c, "ErrorCode", e);
        } else {
            arinc_action(i, c, "Action", e);
        }
    }
}

static struct hm_table *read_table(struct p1_2 *r, const struct node *n, uint32_t kind,
                                   const struct word_row *attributes)
{
    static const struct word_row children[] = {{"System_State_Entry", .repeated = true}, {0}};
    struct importer *i = r->i;
    struct hm *hm = &i->model->hm;
    struct hm_table *t = list_add(i->arena, &hm->tables);

    import_vocabulary(i, n, attributes, children);
    if (!hm->mark.line)
        hm->mark = n->mark;
    t->kind = kind;
    t->mark = n->mark;
    t->name = (struct word){kind == HM_TABLE_SYSTEM ? "system" : "module", n->key_mark};
    EACH_CHILD(c, n, "System_State_Entry")
        read_state(r, c, t);
    return t;
}

void p1_2_health(struct p1_2 *r, const struct node *root)
{
    static const struct word_row none[] = {{0}};
    static const struct word_row module[] = {{"ModuleCallback", .required = false}, {0}};
    static const struct word_row partition[] = {{"PartitionIdentifier", .required = true},
                                                {"PartitionName", .required = false},
                                                {"PartitionCallback", .required = false},
                                                {0}};
    struct importer *i = r->i;
    struct mark at;

    r->errors_defined = import_child(root, "System_HM_Table", NULL);
    EACH_CHILD(n, root, "System_HM_Table")
        read_table(r, n, HM_TABLE_SYSTEM, none);
    EACH_CHILD(n, root, "Module_HM_Table")
        read_table(r, n, HM_TABLE_MODULE, module)->callback = import_word(i, n, "ModuleCallback");
    EACH_CHILD(n, root, "Partition_HM_Table") {
        struct hm_table *t = read_table(r, n, HM_TABLE_PARTITION, partition);
        const struct partition *p = arinc_partition_of(&r->index, n, RULE_SYN_001, &at);
        t->callback = import_word(i, n, "PartitionCallback");
        if (!p)
            continue;
        t->name = (struct word){p->name.text, at};
        *list_add(i->arena, &t->partitions) = (struct member){.name = t->name};
    }
}
