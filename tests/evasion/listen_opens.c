/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what another process opens without opening anything itself: the kernel hands a descriptor to who permits opens.
 *   listen_opens PATH READY      makes the file READY when it listens, ends after one open of PATH
 */
#include "evasion.h"

#include <sys/fanotify.h>

int main(int argc, char **argv)
{
	struct fanotify_event_metadata event;
	struct fanotify_response answer;
	static char buf[4096];
	int listener;

	if (argc != 3)
		return 2;
	listener = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);
	if (listener < 0)
		return errno == ENOSYS ? 77 : 1;
	if (fanotify_mark(listener, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, argv[1]))
		return errno == EINVAL ? 77 : 1;
	close(open(argv[2], O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	if (read(listener, &event, sizeof(event)) != sizeof(event))
		die("event");
	if (pread(event.fd, buf, sizeof(buf), 0) <= 0)
		die("read");
	answer = (struct fanotify_response){.fd = event.fd, .response = FAN_ALLOW};
	if (write(listener, &answer, sizeof(answer)) != sizeof(answer))
		die("answer");
	return 0;
}
