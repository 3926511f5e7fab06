/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "identity/cgroup.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID "1a2b3c4d-1111-2222-3333-444455556666"
#define UID_ "1a2b3c4d_1111_2222_3333_444455556666"
#define STATIC_UID "0123456789abcdef0123456789abcdef"

static const struct {
	const char *path, *unit, *pod, *container;
} cases[] = {
	{"/", "", "", ""},
	{"", "", "", ""},
	{"/init.scope", "", "", ""},
	{"/system.slice/ssh.service", "ssh.service", "", ""},
	{"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", "", ""},
	{"/system.slice/sshd@3-10.0.0.1:22-10.0.0.2:4711.service", "sshd@.service", "", ""},
	{"/system.slice/build.scope", "build.scope", "", ""},
	{"/machine.slice/run-r1a2b.scope/child", "run-r1a2b.scope", "", ""},
	{"/user.slice/user-1000.slice/session-3.scope", "", "", ""},
	{"/user.slice/user-1000.slice/user@1000.service/init.scope", "", "", ""},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service", "sync.service", "", ""},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope", "", "", ""},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-x-12.scope", "", "", ""},
	{"/system.slice/docker-" ID ".scope", "", "", ID},
	{"/docker/" ID, "", "", ID},
	{"/docker/" ID "/docker/" ID2, "", "", ID2},
	{"/docker/" ID "/system.slice/nginx.service", "nginx.service", "", ID},
	{"/moby/" ID, "", "", ID},
	{"/system.slice/nerdctl-" ID ".scope", "", "", ID},
	{"/machine.slice/libpod-" ID ".scope/container", "", "", ID},
	{"/machine.slice/libpod-conmon-" ID ".scope", "", "", ""},
	{"/libpod_parent/libpod-" ID, "", "", ID},
	{"/system.slice/web.service/libpod-payload-" ID, "web.service", "", ID},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", "", "", ID},
	{"/lxc.payload.web/system.slice/cron.service", "cron.service", "", "web"},
	{"/lxc/web", "", "", "web"},
	{"/machine.slice/machine-build\\x2d1.scope", "", "", "build\\x2d1"},
	{"/machine.slice/systemd-nspawn@deb.service/payload", "", "", "deb"},
	{"/system.slice/docker.service/buildkit/kxyz1234", "docker.service", "", "kxyz1234"},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/cri-containerd-" ID ".scope",
	 "", UID, ID},
	{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope", "", UID, ID},
	{"/kubepods/besteffort/pod" UID "/" ID, "", UID, ID},
	{"/kubepods/pod" STATIC_UID "/" ID, "", STATIC_UID, ID},
	{"/system.slice/containerd.service/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" ID,
	 "containerd.service", UID, ID},
	{"/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
	 "kubelet-kubepods-burstable-pod" UID_ ".slice/cri-containerd-" ID2 ".scope",
	 "", UID, ID2},
	{".../docker-" ID ".scope", "", "", ID},
	{"/system.slice/docker-0123.scope", "docker-0123.scope", "", ""}, /* not an id: a unit of that name */
	{"/x/pod/y", "", "", ""},
	{"/podracer-1a2b3c4d-1111-2222-3333-44445555666z", "", "", ""},
	{"///a//b.service//", "b.service", "", ""},
	{"/.service/.scope", "", "", ""},
};

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_cgroup c;

		cl_cgroup_parse(cases[i].path, &c);
		if (strcmp(c.unit, cases[i].unit) || strcmp(c.pod, cases[i].pod) ||
		    strcmp(c.container, cases[i].container))
			fail_msg("%s: unit \"%s\" pod \"%s\" container \"%s\"", cases[i].path, c.unit, c.pod,
				 c.container);
	}
}

static void test_nesting(void **state)
{
	struct cl_cgroup c;

	(void)state;
	cl_cgroup_parse("/kubepods/pod" UID "/" ID, &c);
	assert_true(c.container_in_pod);
	cl_cgroup_parse("/kubepods/pod" UID "/" ID "/docker/" ID2, &c);
	assert_false(c.container_in_pod); /* started inside of the pod */
	cl_cgroup_parse("/docker/" ID "/system.slice/nginx.service", &c);
	assert_true(c.unit_in_container);
	cl_cgroup_parse("/system.slice/web.service/libpod-payload-" ID, &c);
	assert_false(c.unit_in_container);
	cl_cgroup_parse(NULL, &c);
	assert_string_equal(c.unit, "");
}

static void test_long_names(void **state)
{
	char path[4096] = "/system.slice/";
	struct cl_cgroup c;

	(void)state;
	memset(path + strlen(path), 'a', 3000);
	strcat(path, ".service");
	cl_cgroup_parse(path, &c);
	assert_int_equal(strlen(c.unit), CL_CGROUP_NAME - 1);
}

static void test_within(void **state)
{
	(void)state;
	assert_true(cl_cgroup_within("/a/b", "/a/b"));
	assert_true(cl_cgroup_within("/a/b", "/a"));
	assert_true(cl_cgroup_within("/a/b", "/a/"));
	assert_false(cl_cgroup_within("/ab", "/a"));
	assert_false(cl_cgroup_within("/a", "/a/b"));
	assert_false(cl_cgroup_within("/a", "/"));
	assert_false(cl_cgroup_within("/a", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
