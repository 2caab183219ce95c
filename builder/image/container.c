// SPDX-License-Identifier: BSD-2-Clause
// The container as files: one bootable ELF64, and a flat image with the arm64 Image header. Nothing
// in them depends on time, place or user.
#include "base/pending.h"
#include "image/image.h"
#include "plan/plan.h"

#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Linux Documentation/arch/arm64/booting: fields of the 64-byte header before a kernel Image.
enum {
    IMAGE_SIZE_OFFSET = 16,  // u64: effective size in memory
    IMAGE_MAGIC_OFFSET = 56, // u32: "ARM\x64"
    IMAGE_HEADER_SIZE = 64,
};
static const char image_magic[4] = {'A', 'R', 'M', 0x64};

struct part { // one loadable piece of the container
    const char *section;
    uint64_t address, file_size, mem_size;
    const uint8_t *bytes;
    uint32_t attributes;
};

enum { PARTS_LIMIT = ELF_SEGMENT_LIMIT };

static size_t parts_list(const struct plan *p, struct part parts[PARTS_LIMIT])
{
    size_t count = 0;

    EACH(s, &p->runtime->segments) {
        parts[count++] = (struct part){
            .section = s->attributes & TBL_MEM_EXECUTE ? ".runtime.text"
                       : s->attributes & TBL_MEM_WRITE ? ".runtime.data"
                                                       : ".runtime.rodata",
            .address = s->address,
            .file_size = s->file_size,
            .mem_size = s->mem_size,
            .bytes = s->bytes,
            .attributes = s->attributes,
        };
    }
    parts[count++] = (struct part){".tables",      p->tables_address, p->tables_size,
                                   p->tables_size, p->tables,         TBL_MEM_READ};
    parts[count++] = (struct part){
        ".state", p->state_address, 0, p->state_size, NULL, TBL_MEM_READ | TBL_MEM_WRITE};
    if (p->payload_size)
        parts[count++] = (struct part){".payload",      p->payload_address, p->payload_size,
                                       p->payload_size, p->payload,         TBL_MEM_READ};
    EACH(q, &p->model->partitions) {
        const struct tbl_partition *record = &p->records.items[q->index];
        for (uint32_t i = 0; q->in_place && i < record->image_count; i++) {
            const struct tbl_image *image = &p->images.items[record->first_image + i];
            if (image->file_size)
                parts[count++] =
                    (struct part){".in_place",
                                  image->target,
                                  image->file_size,
                                  image->file_size,
                                  p->partitions[q->index].image->segments.items[i].bytes,
                                  TBL_MEM_READ};
        }
    }
    return count;
}

bool container_flat(const struct plan *p)
{
    EACH(q, &p->model->partitions) {
        if (q->in_place)
            return false;
    }
    return true;
}

const char *flat_path(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    // ".elf" alone is a name, not an extension.
    int stem = dot && dot > (slash ? slash + 1 : path) ? (int)(dot - path) : (int)strlen(path);

    return arena_printf(a, "%.*s.bin", stem, path);
}

// The runtime and everything behind it, byte for byte as it stands in memory; *length without the
// log: who loads the file again at a reset shall leave that alone.
static uint8_t *flat_bytes(struct arena *a, const struct plan *p, uint64_t *length,
                           const char **why)
{
    struct part parts[PARTS_LIMIT];
    size_t count = parts_list(p, parts);
    uint64_t base = p->model->board->load_address, size = p->end_address - base;
    uint8_t *flat = arena_alloc(a, size);

    for (size_t i = 0; i < count; i++)
        if (parts[i].file_size)
            memcpy(flat + (parts[i].address - base), parts[i].bytes, parts[i].file_size);
    if (size < IMAGE_HEADER_SIZE ||
        memcmp(flat + IMAGE_MAGIC_OFFSET, image_magic, sizeof image_magic) != 0) {
        *why = "the runtime does not begin with an arm64 Image header";
        return NULL;
    }
    memcpy(flat + IMAGE_SIZE_OFFSET, &size, sizeof size);
    *length = p->log_address - base;
    return flat;
}

// The symbols of the runtime stay with the container: a debugger then needs no other file, and
// `hvbuild run --frames` can watch the frame counter.
struct names {
    struct text text;
    uint32_t section_names[PARTS_LIMIT], symtab, strtab, shstrtab;
};

static uint32_t name_add(struct text *t, const char *name)
{
    uint32_t at = (uint32_t)t->length;

    text_bytes(t, name, strlen(name) + 1);
    return at;
}

static Elf_Data *section_data(Elf_Scn *scn, const void *bytes, uint64_t size, uint64_t offset)
{
    Elf_Data *data = elf_newdata(scn);

    if (!data)
        return NULL;
    data->d_buf = (void *)bytes;
    data->d_size = size;
    data->d_align = 1;
    data->d_version = EV_CURRENT;
    data->d_type = ELF_T_BYTE;
    (void)offset;
    return data;
}

struct section {
    const char *name;
    Elf64_Shdr header;
    const void *bytes;
    Elf_Type type;
};

static bool section_write(Elf *elf, const struct section *s, uint32_t name)
{
    Elf_Scn *scn = elf_newscn(elf);
    Elf64_Shdr *sh = scn ? elf64_getshdr(scn) : NULL;
    Elf_Data *data = sh ? section_data(scn, s->bytes, s->header.sh_size, 0) : NULL;

    if (!data)
        return false;
    data->d_type = s->type;
    data->d_align = s->header.sh_addralign;
    *sh = s->header;
    sh->sh_name = name;
    return true;
}

static Elf64_Sym *symbols_make(struct arena *a, const struct plan *p, struct text *names,
                               const struct part *parts, size_t count, size_t *symbols)
{
    const struct elf_image *e = p->runtime;
    Elf64_Sym *table = arena_alloc(a, (e->symbols.count + 1) * sizeof *table);
    size_t n = 1;

    text_bytes(names, "", 1);
    EACH(s, &e->symbols) {
        uint16_t section = SHN_ABS;
        for (size_t i = 0; i < count; i++)
            if (s->value >= parts[i].address && s->value - parts[i].address < parts[i].mem_size)
                section = (uint16_t)(i + 1);
        table[n++] = (Elf64_Sym){
            .st_name = name_add(names, s->name),
            .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE),
            .st_shndx = section,
            .st_value = s->value,
            .st_size = s->size,
        };
    }
    *symbols = n;
    return table;
}

// Writes the ELF through libelf into an open file; layout is ours, so that it never changes with
// the library's version.
static bool elf_write(struct arena *a, const struct plan *p, int fd)
{
    struct part parts[PARTS_LIMIT];
    size_t count = parts_list(p, parts), symbols;
    struct text names = {.arena = a}, section_names = {.arena = a};
    Elf64_Sym *symtab = symbols_make(a, p, &names, parts, count, &symbols);
    LIST(struct section) sections = {0};
    uint64_t at = HV_PAGE_SIZE; // headers take the first page

    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_WRITE, NULL);
    Elf64_Ehdr *eh = elf ? elf64_newehdr(elf) : NULL;
    Elf64_Phdr *ph = eh ? elf64_newphdr(elf, count) : NULL;
    if (!ph)
        goto failed;
    elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT);

    for (size_t i = 0; i < count; i++) {
        const struct part *part = &parts[i];
        bool bss = part->file_size == 0;
        // A segment's file offset equals its address modulo the page size.
        at = round_up(at, HV_PAGE_SIZE) + part->address % HV_PAGE_SIZE;
        ph[i] = (Elf64_Phdr){
            .p_type = PT_LOAD,
            .p_flags = (part->attributes & TBL_MEM_READ ? PF_R : 0u) |
                       (part->attributes & TBL_MEM_WRITE ? PF_W : 0u) |
                       (part->attributes & TBL_MEM_EXECUTE ? PF_X : 0u),
            .p_offset = at,
            .p_vaddr = part->address,
            .p_paddr = part->address,
            .p_filesz = part->file_size,
            .p_memsz = part->mem_size,
            .p_align = HV_PAGE_SIZE,
        };
        *list_add(a, &sections) = (struct section){
            .name = part->section,
            .header = {.sh_type = bss ? SHT_NOBITS : SHT_PROGBITS,
                       .sh_flags = SHF_ALLOC | (part->attributes & TBL_MEM_WRITE ? SHF_WRITE : 0u) |
                                   (part->attributes & TBL_MEM_EXECUTE ? SHF_EXECINSTR : 0u),
                       .sh_addr = part->address,
                       .sh_offset = at,
                       .sh_size = bss ? part->mem_size : part->file_size,
                       .sh_addralign = 1},
            .bytes = bss ? NULL : part->bytes,
            .type = ELF_T_BYTE,
        };
        at += part->file_size;
    }
    at = round_up(at, 8);
    *list_add(a, &sections) = (struct section){
        .name = ".symtab",
        .header = {.sh_type = SHT_SYMTAB,
                   .sh_offset = at,
                   .sh_size = symbols * sizeof *symtab,
                   .sh_link = (uint32_t)count + 2,
                   .sh_info = 1, // the first global one
                   .sh_addralign = 8,
                   .sh_entsize = sizeof *symtab},
        .bytes = symtab,
        .type = ELF_T_SYM,
    };
    at += symbols * sizeof *symtab;
    *list_add(a, &sections) = (struct section){
        .name = ".strtab",
        .header = {.sh_type = SHT_STRTAB,
                   .sh_offset = at,
                   .sh_size = names.length,
                   .sh_addralign = 1},
        .bytes = names.bytes,
        .type = ELF_T_BYTE,
    };
    at += names.length;

    text_bytes(&section_names, "", 1);
    uint32_t name_of[PARTS_LIMIT + 3];
    for (size_t i = 0; i < sections.count; i++)
        name_of[i] = name_add(&section_names, sections.items[i].name);
    name_of[sections.count] = name_add(&section_names, ".shstrtab");
    *list_add(a, &sections) = (struct section){
        .name = ".shstrtab",
        .header = {.sh_type = SHT_STRTAB,
                   .sh_offset = at,
                   .sh_size = section_names.length,
                   .sh_addralign = 1},
        .bytes = section_names.bytes,
        .type = ELF_T_BYTE,
    };
    at = round_up(at + section_names.length, 8);

    *eh = (Elf64_Ehdr){
        .e_type = ET_EXEC,
        .e_machine = EM_AARCH64,
        .e_version = EV_CURRENT,
        .e_entry = p->runtime->entry,
        .e_phoff = sizeof *eh,
        .e_shoff = at,
        .e_ehsize = sizeof *eh,
        .e_phentsize = sizeof *ph,
        .e_phnum = (uint16_t)count,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shstrndx = (uint16_t)sections.count,
    };
    memcpy(eh->e_ident, ELFMAG, SELFMAG);
    eh->e_ident[EI_CLASS] = ELFCLASS64;
    eh->e_ident[EI_DATA] = ELFDATA2LSB;
    eh->e_ident[EI_VERSION] = EV_CURRENT;
    for (size_t i = 0; i < sections.count; i++)
        if (!section_write(elf, &sections.items[i], name_of[i]))
            goto failed;
    elf_flagphdr(elf, ELF_C_SET, ELF_F_DIRTY);
    if (elf_update(elf, ELF_C_WRITE) < 0)
        goto failed;
    elf_end(elf);
    return true;
failed:
    if (elf)
        elf_end(elf);
    return false;
}

// Reads a file back and holds it against the description before it gets its name.
static const char *check_back(struct arena *a, const struct plan *p, const struct pending *f)
{
    struct text findings = {.arena = a};
    const char *why;
    bool unreadable;
    struct container *c = container_read(a, f->temporary, &unreadable, &why);

    if (!c)
        return arena_printf(a, "internal error: '%s' %s", f->path, why);
    if (!container_verify(a, c, p->model, &findings))
        return arena_printf(a, "internal error: '%s' is not what was described:\n%s", f->path,
                            findings.bytes);
    return NULL;
}

// One form, under its temporary name and read back. NULL, or why not.
static const char *form_write(struct arena *a, const struct plan *p, const char *path, bool flat,
                              struct pending *f)
{
    const char *why = NULL;
    uint64_t length = 0;
    const uint8_t *bytes = flat ? flat_bytes(a, p, &length, &why) : NULL;

    if (!why)
        why = pending_open(a, f, path);
    if (!why && flat)
        why = pending_write(a, f, bytes, length);
    if (!why && !flat && !elf_write(a, p, f->fd))
        why = arena_printf(a, "cannot write '%s': %s", path, elf_errmsg(-1));
    if (!why)
        why = pending_sync(a, f);
    return why ? why : check_back(a, p, f);
}

const char *container_write(struct arena *a, const struct plan *p, const char *path)
{
    struct pending elf = {.fd = -1}, flat = {.fd = -1};
    const char *why = form_write(a, p, path, false, &elf);

    if (!why && container_flat(p))
        why = form_write(a, p, flat_path(a, path), true, &flat);
    if (!why)
        why = pending_name(a, &elf);
    if (!why && container_flat(p))
        why = pending_name(a, &flat);
    else if (!why)
        unlink(flat_path(a, path)); // of an earlier build
    pending_drop(&elf);
    pending_drop(&flat);
    return why;
}
