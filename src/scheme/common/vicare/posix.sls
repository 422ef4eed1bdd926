#!r6rs
;; POSIX calls of a chorus actor: memory that mmap returns is a region, and a forked child is an actor.
(library (vicare posix)
  (export sysconf mmap munmap fork waitpid nanosleep getpid getppid WIFEXITED WEXITSTATUS WIFSIGNALED WTERMSIG)
  (import (rnrs) (only (vicare) integer->pointer pointer->integer) (vicare platform constants) (chorus backend)
          (chorus constants) (chorus memory) (chorus region))

  (define-foreign sysconf "sysconf" (int) long)
  (define-foreign getpid "getpid" () int)
  (define-foreign getppid "getppid" () int)
  (define-blocking-foreign c-waitpid "waitpid" (int uptr int) int)
  (define-blocking-foreign c-nanosleep "nanosleep" (uptr uptr) int)

  (define (mmap address length protection flags fd offset)
    (unless (and (not address) (= flags (fxior MAP_SHARED MAP_ANONYMOUS)))
      (assertion-violation 'mmap
        "only memory that is shared and anonymous, at an address that the kernel chooses, is a region" address flags))
    (integer->pointer
      (allocate-region K_MYACTOR 0 length
        (fxior K_ANYWHERE
               (if (zero? (fxand protection PROT_WRITE)) 0 K_WRITABLE)
               (if (zero? (fxand protection PROT_EXEC)) 0 K_EXECUTABLE)))))
  (define (munmap pointer length) (free-region K_MYACTOR (pointer->integer pointer) length 0))

  ;; (fork PARENT CHILD): the values of (PARENT PID) in the parent; the child calls (CHILD). Further operands are
  ;; evaluated after that, in the parent: the third program of the page has one.
  (define-syntax fork
    (syntax-rules ()
      ((_ parent child) (fork-and-call parent child))
      ((_ parent child after ...)
       (call-with-values (lambda () (fork-and-call parent child))
         (lambda results after ... (apply values results))))))
  (define (fork-and-call parent child)
    (flush-all-ports)
    (let ((pid (fork-process)))
      (cond ((negative? pid) (error 'fork "the system refuses another process"))
            ((zero? pid) (child))
            (else (parent pid)))))

  (define (waitpid pid options)
    (call-with-memory 4
      (lambda (status)
        (when (negative? (c-waitpid pid status options)) (error 'waitpid "no such child" pid))
        (memory-ref 's32 status))))
  (define (WTERMSIG status) (fxand status 127))
  (define (WIFEXITED status) (zero? (WTERMSIG status)))
  (define (WEXITSTATUS status) (fxand (fxarithmetic-shift-right status 8) 255))
  (define (WIFSIGNALED status) (not (memv (WTERMSIG status) '(0 127))))

  ;; The seconds and nanoseconds that are left: not zero if a signal has ended the sleep.
  (define (nanosleep seconds nanoseconds)
    (call-with-memory 32
      (lambda (time)
        (define left (+ time 16))
        (memory-set! 's64 time seconds)
        (memory-set! 's64 (+ time 8) nanoseconds)
        (c-nanosleep time left)
        (values (memory-ref 's64 left) (memory-ref 's64 (+ left 8)))))))
