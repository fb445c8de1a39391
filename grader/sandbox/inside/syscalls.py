"""Numbers of the system calls that a worker must not make, or only with certain arguments (x86_64:aarch64).

A dash: the machine has no such call. Calls newer than `NEWEST` answer ENOSYS, as on a kernel that lacks them,
so that a later kernel opens no hole here before somebody has looked at what it adds.
"""

NEWEST = 469  # file_setattr, Linux 6.17

REFUSED = {
    # no new process and no other program
    "processes": """
        fork:57:- vfork:58:- execve:59:221 execveat:322:281
    """,
    # no look into, no hand on another process
    "other processes": """
        ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271 process_madvise:440:440
        process_mrelease:448:448 pidfd_open:434:434 pidfd_getfd:438:438 pidfd_send_signal:424:424
        kcmp:312:272 get_robust_list:274:100 migrate_pages:256:238 move_pages:279:239 setpriority:141:140
        ioprio_set:251:30 sched_setscheduler:144:119 sched_setparam:142:118 sched_setattr:314:274
        sched_setaffinity:203:122 perf_event_open:298:241
    """,
    # no network, no local service
    "sockets": """
        socket:41:198 socketpair:53:199 bind:49:200 connect:42:203 listen:50:201 accept:43:202
        accept4:288:242 setsockopt:54:208
    """,
    # nothing shared between processes, and no memory that outlives or escapes the limit
    "shared": """
        shmget:29:194 shmat:30:196 shmctl:31:195 shmdt:67:197 msgget:68:186 msgsnd:69:189 msgrcv:70:188
        msgctl:71:187 semget:64:190 semop:65:193 semctl:66:191 semtimedop:220:192 mq_open:240:180
        mq_unlink:241:181 mq_timedsend:242:182 mq_timedreceive:243:183 mq_notify:244:184
        mq_getsetattr:245:185 memfd_create:319:279 memfd_secret:447:447 add_key:248:217 request_key:249:218
        keyctl:250:219
    """,
    # what Landlock does not cover: attributes, watches and handles of files that belong to the same user
    "file attributes": """
        chmod:90:- fchmod:91:52 fchmodat:268:53 fchmodat2:452:452 chown:92:- lchown:94:- fchown:93:55
        fchownat:260:54 utime:132:- utimes:235:- utimensat:280:88 futimesat:261:- setxattr:188:5
        lsetxattr:189:6 fsetxattr:190:7 removexattr:197:14 lremovexattr:198:15 fremovexattr:199:16
        setxattrat:463:463 removexattrat:466:466 file_setattr:469:469 truncate:76:45 mknod:133:-
        mknodat:259:33 fanotify_init:300:262 fanotify_mark:301:263 inotify_init:253:- inotify_init1:294:26
        inotify_add_watch:254:27 name_to_handle_at:303:264 open_by_handle_at:304:265 quotactl:179:60
        quotactl_fd:443:443 lookup_dcookie:212:18
    """,
    # interfaces that a course needs not and kernel bugs like
    "kernel surface": """
        bpf:321:280 userfaultfd:323:282 io_uring_setup:425:425 io_uring_enter:426:426
        io_uring_register:427:427 io_setup:206:0 io_destroy:207:1 io_submit:209:2 io_cancel:210:3
        io_getevents:208:4 io_pgetevents:333:292 vmsplice:278:75 modify_ldt:154:- uselib:134:-
    """,
    # no other view of the machine
    "namespaces": """
        unshare:272:97 setns:308:268 mount:165:40 umount2:166:39 pivot_root:155:41 chroot:161:51
        open_tree:428:428 move_mount:429:429 fsopen:430:430 fsconfig:431:431 fsmount:432:432 fspick:433:433
        mount_setattr:442:442 statmount:457:457 listmount:458:458 open_tree_attr:467:467
    """,
    # what is confined stays confined
    "own limits": """
        seccomp:317:277 lsm_set_self_attr:460:460 setrlimit:160:164 setuid:105:146 setgid:106:144
        setreuid:113:145 setregid:114:143 setresuid:117:147 setresgid:119:149 setfsuid:122:151
        setfsgid:123:152 setgroups:116:159 capset:126:91 personality:135:92
    """,
    # the machine's own settings; also for a grader that runs as root
    "machine": """
        syslog:103:116 acct:163:89 swapon:167:224 swapoff:168:225 reboot:169:142 sethostname:170:161
        setdomainname:171:162 init_module:175:105 finit_module:313:273 delete_module:176:106
        kexec_load:246:104 kexec_file_load:320:294 iopl:172:- ioperm:173:- vhangup:153:58 nfsservctl:180:42
        settimeofday:164:170 clock_settime:227:112 clock_adjtime:305:266 adjtimex:159:171 sync:162:81
        syncfs:306:267
    """,
}

EXAMINED = """
    clone:56:220 clone3:435:435 kill:62:129 tkill:200:130 tgkill:234:131 rt_sigqueueinfo:129:138
    rt_tgsigqueueinfo:297:240 prctl:157:167 prlimit64:302:261 ioctl:16:29 fcntl:72:25 sendto:44:206
"""

# Without these the driver does not start (error 304). It makes files in memory, and binds a local socket over which
# other processes could share its context; since `connect` and `accept` stay refused, nobody comes to it.
CUDA = """
    memfd_create:319:279 socket:41:198 setsockopt:54:208 bind:49:200 listen:50:201
"""


Pair = tuple[int | None, int | None]


def numbers(text: str) -> dict[str, Pair]:
    """`name:x86_64:aarch64 ...` as a dictionary from the name to both numbers."""
    rows = (word.split(":") for word in text.split())
    return {name: (_number(x86), _number(arm)) for name, x86, arm in rows}


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)
