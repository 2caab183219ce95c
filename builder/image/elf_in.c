// SPDX-License-Identifier: BSD-2-Clause
// Executables in: what libelf finds in a guest's or the runtime's file, checked before it is used.
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <nettle/sha2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void sha256_of(const void *bytes, uint64_t length, uint8_t digest[32])
{
    struct sha256_ctx ctx;

    sha256_init(&ctx);
    sha256_update(&ctx, length, bytes);
    sha256_digest(&ctx, 32, digest);
}

uint8_t *file_read(struct arena *a, const char *path, uint64_t limit, uint64_t *length,
                   const char **why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) < 0) {
        *why = arena_printf(a, "cannot be read: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        *why = "is not a file";
        close(fd);
        return NULL;
    }
    if ((uint64_t)st.st_size > limit) {
        *why = arena_printf(a, "has %s, the limit is %s", size_text(a, (uint64_t)st.st_size),
                            size_text(a, limit));
        close(fd);
        return NULL;
    }

    uint64_t size = (uint64_t)st.st_size, done = 0;
    uint8_t *bytes = arena_alloc(a, size + 1);
    while (done < size) {
        ssize_t n = read(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            *why = n < 0 ? arena_printf(a, "cannot be read: %s", strerror(errno))
                         : "became shorter while it was read";
            close(fd);
            return NULL;
        }
        done += (uint64_t)n;
    }
    close(fd);
    *length = size;
    return bytes;
}

// The file's identity; NULL when it is a static AArch64 executable, else what it is instead.
static const char *header_fault(struct arena *a, Elf *elf, const GElf_Ehdr *h)
{
    if (gelf_getclass(elf) != ELFCLASS64)
        return "is a 32-bit ELF file, a partition needs a 64-bit one";
    if (h->e_ident[EI_DATA] != ELFDATA2LSB)
        return "is big-endian, a partition needs a little-endian ELF file";
    if (h->e_machine == EM_X86_64)
        return "is a program for x86-64, a partition needs AArch64";
    if (h->e_machine != EM_AARCH64)
        return arena_printf(a, "is for machine %u, a partition needs AArch64 (%u)", h->e_machine,
                            EM_AARCH64);
    if (h->e_type == ET_REL)
        return "is an object file that was not linked";
    if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
        return arena_printf(a, "has ELF type %u, a partition needs an executable (%u)", h->e_type,
                            ET_EXEC);
    return NULL;
}

// One loadable segment into the list; NULL or what is wrong with it.
static const char *segment_add(struct arena *a, struct elf_image *e, const uint8_t *bytes,
                               size_t index, const GElf_Phdr *ph, bool physical)
{
    uint64_t end;

    if (ph->p_filesz > ph->p_memsz)
        return arena_printf(a, "segment %zu has %s in the file but only %s in memory", index,
                            size_text(a, ph->p_filesz), size_text(a, ph->p_memsz));
    if (!add_u64(ph->p_offset, ph->p_filesz, &end) || end > e->length)
        return arena_printf(a, "segment %zu lies outside the file (truncated?)", index);
    uint64_t address = physical ? ph->p_paddr : ph->p_vaddr;
    if (!add_u64(address, ph->p_memsz, &end))
        return arena_printf(a, "segment %zu wraps around the end of the address space", index);
    if (ph->p_align > 1) {
        if (ph->p_align & (ph->p_align - 1))
            return arena_printf(a, "segment %zu has alignment 0x%llx, not a power of two", index,
                                (unsigned long long)ph->p_align);
        uint64_t unit = ph->p_align < HV_PAGE_SIZE ? ph->p_align : HV_PAGE_SIZE;
        if ((ph->p_vaddr ^ ph->p_offset) & (unit - 1))
            return arena_printf(a, "address and file offset of segment %zu differ modulo %s", index,
                                size_text(a, unit));
    }
    for (size_t i = 0; i < e->segments.count; i++) {
        const struct segment *s = &e->segments.items[i];
        if (address < s->address + s->mem_size && s->address < end)
            return arena_printf(a, "segment %zu at %s overlaps another at %s", index,
                                address_text(a, address), address_text(a, s->address));
    }
    *list_add(a, &e->segments) = (struct segment){
        .address = address,
        .file_size = ph->p_filesz,
        .mem_size = ph->p_memsz,
        .attributes = (ph->p_flags & PF_R ? TBL_MEM_READ : 0) |
                      (ph->p_flags & PF_W ? TBL_MEM_WRITE : 0) |
                      (ph->p_flags & PF_X ? TBL_MEM_EXECUTE : 0),
        .bytes = bytes + ph->p_offset,
    };
    return NULL;
}

// All program headers; NULL or what is wrong. *layout: the fault is of the segments (MEM-009).
static const char *segments_read(struct arena *a, Elf *elf, struct elf_image *e,
                                 const uint8_t *bytes, bool relocatable, bool *layout)
{
    size_t count, loads = 0;
    bool physical = true;
    GElf_Phdr ph;

    if (elf_getphdrnum(elf, &count) != 0 || count > e->length / sizeof(Elf64_Phdr))
        return "has a program header table that lies outside the file (truncated?)";
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &ph))
            return "has a program header table that cannot be read (truncated?)";
        if (ph.p_type == PT_INTERP)
            return "is dynamically linked (it names an interpreter), a partition needs a static "
                   "one";
        if (ph.p_type == PT_DYNAMIC && relocatable)
            return "is position-independent and needs relocation at its start";
        if (ph.p_type != PT_LOAD || ph.p_memsz == 0)
            continue;
        physical = physical && ph.p_paddr != 0;
        if (++loads > ELF_SEGMENT_LIMIT)
            return arena_printf(a, "has more than %d loadable segments", ELF_SEGMENT_LIMIT);
    }
    if (loads == 0)
        return "has no loadable segment";
    *layout = true;
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD || ph.p_memsz == 0)
            continue;
        const char *fault = segment_add(a, e, bytes, i, &ph, physical);
        if (fault)
            return fault;
    }
    return NULL;
}

// Defined symbols into the list. NULL, or the name of one that is undefined.
static const char *symbols_read(struct arena *a, Elf *elf, struct elf_image *e)
{
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        GElf_Shdr sh;
        Elf_Data *data;
        if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_SYMTAB ||
            sh.sh_entsize != sizeof(Elf64_Sym) || !(data = elf_getdata(scn, NULL)))
            continue;
        size_t count = data->d_size / sizeof(Elf64_Sym);
        for (size_t i = 1; i < count; i++) {
            GElf_Sym sym;
            if (!gelf_getsym(data, (int)i, &sym))
                break;
            const char *name = elf_strptr(elf, sh.sh_link, sym.st_name);
            if (!name || !name[0])
                continue;
            if (sym.st_shndx == SHN_UNDEF) {
                if (GELF_ST_BIND(sym.st_info) == STB_GLOBAL)
                    return arena_text(a, name, strlen(name));
                continue;
            }
            unsigned type = GELF_ST_TYPE(sym.st_info);
            if (type <= STT_FUNC)
                *list_add(a, &e->symbols) = (struct elf_symbol){arena_text(a, name, strlen(name)),
                                                                sym.st_value, sym.st_size};
        }
    }
    return NULL;
}

// Judges the bytes of a file; the image is returned only without fault. Names and bytes point into
// the arena, so libelf is done afterwards. *layout: the fault is of the segments.
static struct elf_image *elf_judge(struct arena *a, const char *path, const uint8_t *bytes,
                                   uint64_t length, const char **why, bool *layout)
{
    struct elf_image *e = arena_alloc(a, sizeof *e);
    GElf_Ehdr h;

    *layout = false;
    e->path = path;
    e->length = length;
    sha256_of(bytes, length, e->sha256);
    elf_version(EV_CURRENT);
    Elf *elf = length >= EI_NIDENT ? elf_memory((char *)bytes, length) : NULL;
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &h)) {
        *why = "is not an ELF file";
    } else {
        e->entry = h.e_entry;
        *why = header_fault(a, elf, &h);
        if (!*why)
            *why = segments_read(a, elf, e, bytes, h.e_type == ET_DYN, layout);
        if (!*why) {
            const char *undefined = symbols_read(a, elf, e);
            *layout = false;
            if (undefined)
                *why = arena_printf(a, "has the unresolved symbol '%.100s'", undefined);
        }
    }
    if (elf)
        elf_end(elf);
    return *why ? NULL : e;
}

struct elf_image *elf_parse(struct arena *a, const char *path, const uint8_t *bytes,
                            uint64_t length, const char **why)
{
    bool layout;

    return elf_judge(a, path, bytes, length, why, &layout);
}

struct elf_image *elf_load(struct arena *a, const char *path, const char **why)
{
    uint64_t length;
    uint8_t *bytes = file_read(a, path, ELF_SIZE_LIMIT, &length, why);

    return bytes ? elf_parse(a, path, bytes, length, why) : NULL;
}

struct elf_image *elf_read(struct arena *a, struct diags *d, const char *path, struct mark at)
{
    const char *why;
    bool layout = false;
    uint64_t length;
    uint8_t *bytes = file_read(a, path, ELF_SIZE_LIMIT, &length, &why);
    struct elf_image *e = bytes ? elf_judge(a, path, bytes, length, &why, &layout) : NULL;

    if (e)
        return e;
    struct diag *f = layout ? diag_report(d, RULE_MEM_009, at, "image '%s': %s", path, why)
                            : diag_report(d, RULE_PART_005, at, "image '%s' %s", path, why);
    if (!bytes)
        diag_help(d, f,
                  "build the partition first, or correct the path; it is relative to the file "
                  "that names it");
    else
        diag_help(d, f,
                  "link a static executable for AArch64: aarch64-linux-gnu-gcc -static "
                  "-nostdlib -no-pie with the linker script of libhv");
    return NULL;
}

uint64_t elf_symbol_value(const struct elf_image *e, const char *name, uint64_t otherwise)
{
    for (size_t i = 0; i < e->symbols.count; i++)
        if (!strcmp(e->symbols.items[i].name, name))
            return e->symbols.items[i].value;
    return otherwise;
}
